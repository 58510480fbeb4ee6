// What connect-host.js expects of the product around it when it loads.
"use strict";
window.AJS = {
  $: window.jQuery,
  escapeHtml: (text) => String(text).replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`),
  // Dialogs are ours (dialogs.js); the bridge still asks Atlassian's old layers whether one of theirs is open.
  LayerManager: { global: { getTopLayer: () => undefined } },
};
// The module loader, of which the bridge wants the analytics: nothing is reported from here.
window.require = () => ({ emitGasV3() {} });
// Feature gates, all closed. The version keeps the bridge from warning of a second copy.
window.__FEATUREGATES_JS__ = {
  initializeCompleted: () => true,
  checkGate: () => false,
  getPackageVersion: () => "4.23.4",
};
