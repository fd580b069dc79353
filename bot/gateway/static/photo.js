// The page that sends one photo or PDF: the file is the body of the call, and the chat goes on by itself.

const form = document.getElementById('photo');
const { most, sending, sent, bad, large, failed } = form.dataset;
const status = form.querySelector('[role="status"]');
const button = form.querySelector('button');

function say(text) {
  status.textContent = text;
  status.hidden = false;
}

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  const [file] = form.querySelector('input').files;
  if (!file) return;
  if (file.size > Number(most)) {
    say(large);
    return;
  }
  button.disabled = true;
  say(sending);
  try {
    const answer = await fetch(`${location.pathname}?name=${encodeURIComponent(file.name)}`, { method: 'POST', body: file });
    say(answer.ok ? sent : { 413: large, 415: bad }[answer.status] ?? failed);
    button.disabled = answer.ok;
  } catch {
    say(failed);
    button.disabled = false;
  }
});
