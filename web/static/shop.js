/* What is nicer with JavaScript on the shop's pages; everything works without it. */
(() => {
  "use strict";
  const wide = matchMedia("(min-width: 900px)");
  for (const form of document.querySelectorAll("form[data-submit-on-change]")) {
    // On a wide screen the filters stand beside the list: open always, and a tick is enough.
    const details = form.querySelector("details");
    const fit = () => (details.open ||= wide.matches);
    wide.addEventListener("change", fit);
    fit();
    form.addEventListener("change", () => wide.matches && form.requestSubmit());
    form.addEventListener("submit", () => {
      // Empty fields would only lengthen the address.
      for (const field of form.elements) if (field.name && !field.value) field.disabled = true;
    });
  }
  addEventListener("pageshow", () => {
    // A page that comes back from the browser's history still has its fields disabled.
    for (const field of document.querySelectorAll("form[data-submit-on-change] :disabled")) field.disabled = false;
  });
  for (const form of document.querySelectorAll("form[method=post]")) {
    // A second click on a slow connection must not send the form twice.
    form.addEventListener("submit", (event) => {
      if (form.dataset.sent) event.preventDefault();
      form.dataset.sent = "1";
      setTimeout(() => delete form.dataset.sent, 4000);
    });
  }
})();
