
// Added by the mock to the script that apps load: functions cannot cross a frame, so the callbacks that
// AP.request({url, success, error}) is documented to take are called on this side.
(function () {
  "use strict";
  var ask = window.AP && window.AP.request;
  if (!ask) return;
  function readable(xhr) {
    var headers = xhr.headers || {};
    xhr.getResponseHeader = function (name) {
      var value = headers[String(name).toLowerCase()];
      return value === undefined ? null : value;
    };
    return xhr;
  }
  AP.request = AP._hostModules._globals.request = function (url, options) {
    var order = Object.assign({}, typeof url === "object" ? url : Object.assign({}, options, { url: url }));
    var success = order.success, error = order.error;
    delete order.success;
    delete order.error;
    if (order.data && typeof order.data === "object") order.data = JSON.stringify(order.data);
    var promise = ask(order).then(
      function (reply) { readable(reply.xhr); return reply; },
      function (failure) { if (failure && failure.xhr) readable(failure.xhr); throw failure; }
    );
    if (!success && !error) return promise;
    promise.then(
      function (reply) { if (success) success(reply.body, "success", reply.xhr); },
      function (failure) {
        var xhr = (failure && failure.xhr) || { status: 0, responseText: String(failure) };
        if (error) error(xhr, "error", xhr.statusText);
      }
    );
  };
})();
