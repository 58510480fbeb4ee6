// The product's side of the Connect bridge: Atlassian's connect-host.js brings messages, flags, dialogs, events,
// resizing and theming; Jira adds request, context, user, navigator and jira (contract jira-connect, section 5).
"use strict";
(() => {
  const here = JSON.parse(document.getElementById("bridge-data").textContent);
  const last = (list) => list[list.length - 1];
  const callerOf = (list) => last(list)._context.extension;

  // The bridge reads a method's argument names from its text and tells apps that it answers with a promise.
  function promising(method) {
    method.returnsPromise = true;
    return method;
  }

  function post(path, order) {
    return fetch(path, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(order),
    });
  }

  async function whereabouts(extension) {
    const order = { addonKey: extension.addon_key, variables: extension.options.productContext };
    const reply = await post("/connect-host/context-token", order);
    const told = await reply.json();
    if (!reply.ok) throw new Error(told.error);
    return told;
  }

  connectHost.defineModule("context", {
    getToken: promising(function getToken(callback) {
      return whereabouts(callerOf(arguments)).then((told) => told.token);
    }),
    getContext: promising(function getContext(callback) {
      return whereabouts(callerOf(arguments)).then((told) => ({ jira: told.context }));
    }),
  });

  // Without a module name a method becomes a function of AP itself: AP.request.
  connectHost.defineModule({
    request: promising(async function request(url, options, callback) {
      const order = typeof url === "object" ? url : { ...options, url };
      const reply = await post("/connect-host/request", { ...order, addonKey: callerOf(arguments).addon_key });
      const body = await reply.text();
      const xhr = {
        status: reply.status,
        statusText: reply.statusText,
        responseText: body,
        headers: Object.fromEntries(reply.headers),
      };
      if (!reply.ok) throw { xhr, err: body };
      return { body, xhr };
    }),
  });

  connectHost.defineModule("user", {
    getCurrentUser: promising(async function getCurrentUser(callback) {
      return { atlassianAccountId: here.accountId };
    }),
    getTimeZone: promising(async function getTimeZone(callback) {
      return here.timeZone;
    }),
    getLocale: promising(async function getLocale(callback) {
      return here.locale;
    }),
  });

  function moduleAddress(extension, target) {
    const query = new URLSearchParams();
    const context = target.context || {};
    if (context.projectKey || (context.project && context.project.key)) query.set("project.key", context.projectKey || context.project.key);
    if (context.issueKey || (context.issue && context.issue.key)) query.set("issue.key", context.issueKey || context.issue.key);
    for (const [name, value] of Object.entries(target.customData || {})) query.set(`ac.${name}`, value);
    const path = `/plugins/servlet/ac/${target.addonKey || extension.addon_key}/${target.moduleKey}`;
    return query.size ? `${path}?${query}` : path;
  }

  const destinations = {
    issue: (extension, target) => `/browse/${target.issueKey}`,
    addonModule: moduleAddress,
    addonmodule: moduleAddress,
    dashboard: () => "/jira/projects",
    projectAdminSummary: (extension, target) => `/jira/core/projects/${target.projectKey}/board`,
    site: (extension, target) => new URL(target.relativeUrl, here.origin).pathname + new URL(target.relativeUrl, here.origin).search,
  };

  connectHost.defineModule("navigator", {
    go: promising(async function go(target, context, callback) {
      const extension = callerOf(arguments);
      if (!destinations[target]) throw new Error(`There is no navigation target ${target}.`);
      location.assign(destinations[target](extension, context || {}));
      return null; // the bridge takes undefined for a failure
    }),
    getLocation: promising(async function getLocation(callback) {
      const issue = location.pathname.match(/^\/browse\/([^/]+)/);
      if (issue) return { target: "issue", context: { issueKey: issue[1] } };
      const page = location.pathname.match(/^\/plugins\/servlet\/ac\/([^/]+)\/([^/]+)/);
      return page ? { target: "addonmodule", context: { addonKey: page[1], moduleKey: page[2] } } : null;
    }),
    reload: promising(async function reload(callback) {
      location.reload();
      return null;
    }),
  });

  connectHost.defineModule("jira", {
    refreshIssuePage: promising(async function refreshIssuePage(callback) {
      location.reload();
      return null;
    }),
  });

  for (const [name, provider] of [["flag", jiraFlags], ["dialog", jiraDialogs]]) {
    connectHost.getFrameworkAdaptor().registerModule({
      getModuleRegistrationName: () => name,
      isEnabled: () => true,
      getProvider: () => provider,
    });
  }

  for (const place of document.querySelectorAll("[data-frame]")) {
    place.append(connectHost.create(JSON.parse(place.dataset.frame))[0]);
  }
})();
