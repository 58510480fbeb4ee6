// Tells in the reader's own terms what a page leaves open. Knows no page; counterfoil.js calls it for what is new.
//
// time[data-format]    a day or an instant, in the reader's language and time zone
// [data-zone]          shows, or holds as a field of a form, which time zone that is
// [data-account]       shows the name of a person, if Jira tells it to the reader; it is kept nowhere
"use strict";

(() => {
  // --- times ---

  const language = navigator.languages?.length ? [...navigator.languages] : undefined;
  const days = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeZone: "UTC" });
  const full = new Intl.DateTimeFormat(language, { dateStyle: "full", timeStyle: "long" });
  const clock = new Intl.DateTimeFormat(language, { timeStyle: "short" });
  const dayOfYear = new Intl.DateTimeFormat(language, { day: "numeric", month: "short" });
  const dayOfAnyYear = new Intl.DateTimeFormat(language, { dateStyle: "medium" });
  const ago = new Intl.RelativeTimeFormat("en", { numeric: "auto" });

  function tell(time) {
    const instant = new Date(time.dateTime);
    if (time.dataset.format === "day") {
      time.textContent = days.format(instant);
      return;
    }
    time.title = full.format(instant);
    time.textContent = time.dataset.format === "ago" ? since(instant) : moment(instant, time.dataset.format);
  }

  function moment(instant, format) {
    const now = new Date();
    const today = instant.toDateString() === now.toDateString();
    if (today) return format === "clock" ? clock.format(instant) : `${format === "inline" ? "today" : "Today"} ${clock.format(instant)}`;
    const day = instant.getFullYear() === now.getFullYear() ? dayOfYear : dayOfAnyYear;
    return `${day.format(instant)} ${clock.format(instant)}`;
  }

  function since(instant) {
    const seconds = Math.round((instant - Date.now()) / 1000);
    for (const [unit, length] of [["day", 86400], ["hour", 3600], ["minute", 60]]) {
      if (Math.abs(seconds) >= length) return ago.format(Math.round(seconds / length), unit);
    }
    return "just now";
  }

  setInterval(() => {
    if (!document.hidden) document.querySelectorAll("time[data-format=ago]").forEach(tell);
  }, 30000);

  // --- the time zone ---

  function place(element) {
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
    element[element.tagName === "INPUT" ? "value" : "textContent"] = zone;
  }

  // --- people ---

  const bridge = window.AP;
  const names = new Map();

  async function name(shown) {
    const unknown = new Set(shown.map((element) => element.dataset.account).filter((id) => id && !names.has(id)));
    if (unknown.size && bridge?.request) {
      const query = new URLSearchParams([["maxResults", 100], ...[...unknown].slice(0, 100).map((id) => ["accountId", id])]);
      try {
        const reply = await bridge.request(`/rest/api/3/user/bulk?${query}`);
        for (const user of JSON.parse(reply.body).values) names.set(user.accountId, user.displayName);
      } catch {
        // Jira does not tell: "A person" stays.
      }
    }
    for (const element of shown) if (names.has(element.dataset.account)) element.textContent = names.get(element.dataset.account);
  }

  window.makeReadable = (root) => {
    root.querySelectorAll("time[data-format]").forEach(tell);
    root.querySelectorAll("[data-zone]").forEach(place);
    name([...root.querySelectorAll("[data-account]")]);
  };
})();
