// Brings Counterfoil's pages to life: asks for fragments of HTML and puts them in place. Knows no page.
//
// a[data-route]        looks at a route                 button[data-route]   carries out a route
// form[data-route]     sends its fields to a route; a submit button's own data-route wins
// [data-check]         when a field in it changes, sends the form there; each element of the answer replaces the one
//                      with its id
// [data-poll="1500"]   asks [data-route] again after so many milliseconds; the answer is put in place likewise, and goes
//                      on asking as long as it holds this attribute
// button[data-download] saves the file that a route answers with
"use strict";

(() => {
  const main = document.querySelector("main[data-route]");
  const announcer = document.getElementById("announcer");
  const bridge = window.AP;
  let latestLook = 0;
  let latestCheck = 0;

  if (!main) return;

  // The address holds a token that must not stay in the history (contract jira-connect, section 5).
  history.replaceState({ route: main.dataset.route }, "", location.pathname);
  bridge?.theming?.initializeTheming?.();

  // --- asking ---

  async function token() {
    if (!bridge?.context) throw new Lost("Jira's part of this page did not load. Reload the page.");
    return new Promise((resolve, reject) => {
      setTimeout(() => reject(new Lost("Jira did not answer. Reload the page.")), 15000);
      bridge.context.getToken(resolve);
    });
  }

  class Lost extends Error {}

  async function request(route, form) {
    const authorization = `JWT ${await token()}`;
    try {
      return await fetch(document.body.dataset.endpoint, {
        method: "POST",
        headers: { "Content-Type": "application/json", Authorization: authorization },
        body: JSON.stringify({ route, form }),
        cache: "no-store",
        credentials: "omit",
      });
    } catch {
      throw new Lost("Counterfoil cannot be reached. What you typed is still here; try again in a moment.");
    }
  }

  async function ask(route, form) {
    return read(await request(route, form));
  }

  async function read(response) {
    const answer = await response.json().catch(() => null);
    if (!answer || typeof answer.html !== "string") {
      throw new Lost(`Counterfoil gave no readable answer (${response.status}). What you typed is still here; try again in a moment.`);
    }
    return { ...answer, ok: response.ok, status: response.status };
  }

  function inWords(answer) {
    const page = document.createElement("template");
    page.innerHTML = answer.html;
    return `${answer.title}. ${page.content.querySelector("p")?.textContent ?? ""}`;
  }

  // --- showing ---

  async function show(route, form, { from = "look", control = null } = {}) {
    const mine = ++latestLook;
    const focused = document.activeElement?.id;
    main.setAttribute("aria-busy", "true");
    if (control) control.disabled = true;
    try {
      let answer = await ask(route, form);
      // A form that could not be taken stays on the page with all that was typed.
      if (form !== null && !answer.ok) throw new Lost(inWords(answer));
      const flags = [answer.flag];
      let shown = form === null ? route : main.dataset.route;
      while (answer.redirect) {
        shown = answer.redirect;
        answer = await ask(shown, null);
        flags.push(answer.flag);
      }
      if (mine !== latestLook) return;
      if (shown !== main.dataset.route && from !== "history") history.pushState({ route: shown }, "", location.pathname);
      const moved = shown !== main.dataset.route;
      main.dataset.route = shown;
      replacePage(answer, moved, focused);
      flags.filter(Boolean).forEach(flag);
    } catch (error) {
      complain(error);
    } finally {
      if (control) control.disabled = false;
      if (mine === latestLook) main.removeAttribute("aria-busy");
    }
  }

  function replacePage(answer, moved, focused) {
    const typed = [...main.querySelectorAll("input[type=password]")].map((input) => [input.id, input.value]);
    main.innerHTML = answer.html;
    if (answer.title) document.title = answer.title;
    enliven(main);
    const wrong = main.querySelector("[aria-invalid=true]");
    if (!moved) restore(typed);
    if (wrong) wrong.focus();
    else if (moved) (main.querySelector("h1") ?? main).focus();
    else if (focused) document.getElementById(focused)?.focus();
    if (moved) {
      window.scrollTo(0, 0);
      say(answer.title);
    } else if (wrong) say(`${main.querySelectorAll("[aria-invalid=true]").length} entries need a correction.`);
  }

  // Passwords are never sent back to us, yet a typed one must survive a correction elsewhere in the form.
  function restore(typed) {
    for (const [id, value] of typed) {
      const input = document.getElementById(id);
      if (input && value) input.value = value;
    }
  }

  // Each element of the answer replaces the one with its id; what stays the same is left alone.
  function putParts(html) {
    const focused = document.activeElement?.id;
    const answer = document.createElement("template");
    answer.innerHTML = html;
    for (const fresh of [...answer.content.children]) {
      const old = document.getElementById(fresh.id);
      if (!old || (old.outerHTML === fresh.outerHTML && !fresh.dataset.poll)) continue;
      const before = old.querySelector("[data-say]")?.textContent;
      const news = fresh.querySelector("[data-say]")?.textContent;
      fresh.querySelectorAll("details[id]").forEach((each) => { each.open = old.querySelector(`#${each.id}`)?.open ?? each.open; });
      old.replaceWith(fresh);
      enliven(fresh);
      if (news && news !== before) say(news);
    }
    if (focused && document.activeElement?.id !== focused) document.getElementById(focused)?.focus({ preventScroll: true });
  }

  async function check(form) {
    const mine = ++latestCheck;
    try {
      const answer = await ask(form.dataset.check, fields(form));
      if (!answer.ok) throw new Lost(inWords(answer));
      if (mine !== latestCheck || !form.isConnected) return;
      putParts(answer.html);
    } catch (error) {
      complain(error);
    }
  }

  // --- saving ---

  // A plain link could not carry the token, and an address must not. So the browser holds the whole file, a large one
  // on its disk, before it saves it: some hundred megabytes are no trouble.
  async function save(control) {
    if (control.ariaBusy === "true") return;
    const words = control.textContent;
    control.ariaBusy = "true"; // not disabled, which would take the focus away
    control.textContent = "Preparing…";
    say("The file is being prepared.");
    try {
      const response = await request(control.dataset.download, null);
      const name = /filename="([^"]+)"/.exec(response.headers.get("Content-Disposition"))?.[1];
      if (!response.ok || !name) throw new Lost(inWords(await read(response)));
      const sent = await response.blob().catch(() => new Blob());
      const end = new Uint8Array(await sent.slice(-1).arrayBuffer());
      if (end[0] !== 0) throw new Lost("The file broke off and was not saved. Try again in a moment.");
      const file = sent.slice(0, -1, sent.type); // without the byte that says it is whole
      const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(file), download: name });
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 60000);
      document.getElementById("lost")?.remove();
      say(`${name} was saved.`);
    } catch (error) {
      complain(error);
    } finally {
      control.ariaBusy = null;
      control.textContent = words;
    }
  }

  // --- waiting ---

  function poll(element) {
    const again = () => {
      if (!element.isConnected) return;
      if (document.hidden) document.addEventListener("visibilitychange", again, { once: true });
      else look();
    };
    const look = async () => {
      try {
        const answer = await ask(element.dataset.route, null);
        if (!element.isConnected) return;
        if (answer.status >= 500) setTimeout(again, 10000);
        else if (answer.ok) putParts(answer.html);
        else complain(new Lost(inWords(answer)));
      } catch {
        setTimeout(again, 10000);
      }
    };
    setTimeout(again, Number(element.dataset.poll));
  }

  // --- telling ---

  function flag({ title, body, type }) {
    say(`${title} ${body}`);
    bridge?.flag?.create({ title, body, type, close: "auto" });
  }

  function complain(error) {
    if (!(error instanceof Lost)) throw error;
    flag({ title: "That did not work", body: error.message, type: "error" });
    let notice = document.getElementById("lost");
    if (!notice) {
      notice = document.createElement("div");
      notice.id = "lost";
      notice.className = "banner bad";
      main.prepend(notice);
    }
    notice.textContent = error.message;
  }

  function say(words) {
    announcer.textContent = "";
    setTimeout(() => { announcer.textContent = words ?? ""; }, 50);
  }

  // --- wiring ---

  function enliven(root) {
    window.makeReadable(root);
    [root, ...root.querySelectorAll("[data-poll]")].filter((element) => element.dataset.poll).forEach(poll);
    bridge?.resize?.();
  }

  function fields(form) {
    return Object.fromEntries([...new FormData(form)].filter(([, value]) => typeof value === "string"));
  }

  document.addEventListener("click", (event) => {
    const control = event.target.closest?.("a[data-route], button[data-route]");
    if (!control || control.form || event.defaultPrevented) return;
    event.preventDefault();
    if (control.tagName === "A") show(control.dataset.route, null);
    else show(control.dataset.route, {}, { control });
  });

  document.addEventListener("click", (event) => {
    const control = event.target.closest?.("button[data-download]");
    if (!control) return;
    event.preventDefault();
    save(control);
  });

  document.addEventListener("submit", (event) => {
    const form = event.target.closest("form[data-route]");
    if (!form) return;
    event.preventDefault();
    show(event.submitter?.dataset.route ?? form.dataset.route, fields(form), { control: event.submitter });
  });

  document.addEventListener("change", (event) => {
    const form = event.target.form;
    if (form?.dataset.check) check(form);
  });

  window.addEventListener("popstate", (event) => {
    if (event.state?.route) show(event.state.route, null, { from: "history" });
  });

  enliven(main);
})();
