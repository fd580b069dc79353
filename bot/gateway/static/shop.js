// What the shop page does beyond showing: buttons open the chat with a question, and an address such as
// `/#lamp-1`, which catalogues made for one long page carry, leads to the page of that product.

addEventListener('click', ({ target }) => {
  const button = target.closest?.('[data-ask]');
  if (button) document.querySelector('dukan-chat').ask(button.dataset.ask);
});

function follow() {
  const code = decodeURIComponent(location.hash.slice(1));
  const element = document.getElementById(code);
  if (!code || location.pathname !== '/' || (element && !element.matches('.product'))) return;
  location.replace(`/products/${encodeURIComponent(code)}?lang=${document.documentElement.lang}`);
}

addEventListener('hashchange', follow);
follow();
