// The menu every page of the desk has: sign out, change the language, close when something else is wanted.

import { call, goToSignIn } from "./api.js";

const find = (selector) => document.querySelector(selector);

export function startMenu() {
  find("#sign-out").addEventListener("click", async () => {
    await call("DELETE", "/session").catch(() => null);
    sessionStorage.clear();
    goToSignIn();
  });
  find("#language").addEventListener("click", async (event) => {
    await call("PATCH", "/me", { language: event.currentTarget.value });
    location.reload();
  });
  const menus = [...document.querySelectorAll("details.menu")];
  document.addEventListener("click", ({ target }) => {
    for (const menu of menus) if (!menu.contains(target)) menu.open = false;
  });
  for (const menu of menus) {
    menu.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !menu.open) return;
      event.stopPropagation();
      menu.open = false;
      menu.querySelector("summary").focus();
    });
  }
}
