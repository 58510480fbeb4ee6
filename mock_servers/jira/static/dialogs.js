// Dialogs that apps open with AP.dialog.create: the provider that Atlassian's bridge asks for.
"use strict";
window.jiraDialogs = (() => {
  const open = [];

  function element(tag, className, text) {
    const made = document.createElement(tag);
    made.className = className;
    made.textContent = text || "";
    return made;
  }

  const top = () => open[open.length - 1];

  function addButton(dialog, action) {
    const button = element("button", `button ${action.type === "primary" ? "primary" : ""}`, action.text);
    button.type = "button";
    button.disabled = Boolean(action.disabled);
    button.hidden = Boolean(action.hidden);
    button.addEventListener("click", () => action.onClick());
    dialog.buttons.set(action.identifier, button);
    dialog.foot.append(button);
  }

  // A person closes it: with Escape or the cross. The app hears dialog.close, as when it closes it itself.
  function dismiss() {
    const dialog = top();
    if (!dialog) return;
    connectHost.broadcastEvent("dialog.close", { addon_key: dialog.addonKey }, undefined);
    close();
  }

  function close() {
    const dialog = open.pop();
    if (dialog) dialog.box.remove();
  }

  function frameAddress(extension) {
    const query = new URLSearchParams({ app: extension.addon_key, module: extension.key });
    for (const [name, value] of Object.entries(extension.options.productContext || {})) query.set(name, value);
    for (const [name, value] of Object.entries(extension.options.customData || {})) {
      if (typeof value !== "object") query.set(`ac.${name}`, value);
    }
    return `/connect-host/frame?${query}`;
  }

  async function fill(dialog, options, extension) {
    const reply = await fetch(frameAddress(extension));
    const frame = await reply.json();
    if (!reply.ok) {
      dialog.content.textContent = frame.error;
      return;
    }
    const own = { isDialog: true, dialogId: options.id, autoresize: false, customData: extension.options.customData };
    const passed = { ...frame.options, ...own, preventDialogCloseOnEscape: options.closeOnEscape === false };
    const container = connectHost.create({ addon_key: frame.addon_key, key: frame.key, url: frame.url, options: passed });
    dialog.content.append(container[0]);
  }

  function create(options, extension) {
    const box = element("dialog", `app-dialog ${options.size || ""}`);
    const dialog = { box, addonKey: extension.addon_key, content: element("div", "dialog-content"), buttons: new Map() };
    if (!options.size) Object.assign(box.style, { width: options.width, height: options.height });
    dialog.foot = element("footer", "dialog-foot");
    if (options.chrome) {
      const head = element("header", "dialog-head");
      const cross = element("button", "dialog-close", "×");
      cross.type = "button";
      cross.setAttribute("aria-label", "Close");
      cross.addEventListener("click", dismiss);
      head.append(element("h2", "", options.header), cross);
      dialog.foot.append(element("span", "dialog-hint", options.hint));
      for (const action of [...options.actions].reverse()) addButton(dialog, action);
      box.append(head, dialog.content, dialog.foot);
    } else {
      box.append(dialog.content);
    }
    box.setAttribute("aria-label", options.header || extension.key);
    box.addEventListener("cancel", (event) => {
      event.preventDefault();
      if (options.closeOnEscape !== false) dismiss();
    });
    document.body.append(box);
    open.push(dialog);
    box.showModal();
    fill(dialog, options, extension);
  }

  const button = (identifier) => (top() ? top().buttons.get(identifier) : undefined);
  return {
    create,
    close,
    createButton: (action) => top() && addButton(top(), action),
    isActiveDialog: (addonKey) => Boolean(top()) && top().addonKey === addonKey,
    isButtonDisabled: (identifier) => Boolean(button(identifier)) && button(identifier).disabled,
    isButtonHidden: (identifier) => !button(identifier) || button(identifier).hidden,
    setButtonDisabled: (identifier, disabled) => button(identifier) && (button(identifier).disabled = disabled),
    setButtonHidden: (identifier, hidden) => button(identifier) && (button(identifier).hidden = hidden),
    toggleButton: (identifier) => button(identifier) && (button(identifier).disabled = !button(identifier).disabled),
  };
})();
