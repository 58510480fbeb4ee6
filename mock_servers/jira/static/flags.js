// Flags: short messages at the lower left. `jiraFlags.show` is also the provider behind AP.flag.
"use strict";
window.jiraFlags = (() => {
  const AUTO_CLOSE = 8000;

  function element(tag, className, text) {
    const made = document.createElement(tag);
    made.className = className;
    made.textContent = text || "";
    return made;
  }

  // options: {id, title, body, type, close: "auto"|"manual"|"never", actions: [{actionText, executeAction}], onClose}
  function show(options) {
    const flag = element("div", `flag ${options.type || "info"}`);
    flag.setAttribute("role", options.type === "error" ? "alert" : "status");
    const close = () => {
      if (!flag.isConnected) return;
      flag.remove();
      if (options.onClose) options.onClose(options.id);
    };
    const cross = element("button", "flag-close", "×");
    cross.type = "button";
    cross.setAttribute("aria-label", "Dismiss");
    cross.addEventListener("click", close);
    const actions = element("div", "flag-actions");
    for (const action of options.actions || []) {
      const button = element("button", "", action.actionText);
      button.type = "button";
      button.addEventListener("click", () => action.executeAction());
      actions.append(button);
    }
    flag.append(element("span", "flag-mark"), element("b", "flag-title", options.title), cross);
    flag.append(element("div", "flag-body", options.body), actions);
    document.getElementById("flags").append(flag);
    if (options.close === "auto") setTimeout(close, AUTO_CLOSE);
    return { close };
  }

  return { show, create: show };
})();
