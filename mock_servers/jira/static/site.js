// The theme toggle, and menus that close when one looks elsewhere.
"use strict";
(() => {
  const root = document.documentElement;

  document.getElementById("theme-toggle").addEventListener("click", () => {
    const theme = root.dataset.colorMode === "dark" ? "light" : "dark";
    root.dataset.colorMode = theme; // apps hear of it: the bridge watches this attribute
    fetch("/session/theme", { method: "POST", body: new URLSearchParams({ theme }) });
  });

  const menus = () => document.querySelectorAll("details.menu[open]");
  document.addEventListener("click", (event) => {
    for (const menu of menus()) if (!menu.contains(event.target)) menu.open = false;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") for (const menu of menus()) menu.open = false;
  });
})();
