/* Adding a document: says before sending that a file is too heavy, and that sending is under way. The page works without it. */
(function () {
  "use strict";
  var form = document.querySelector("form.sending");
  if (!form) { return; }
  var inputs = form.querySelectorAll("input[type=file]");
  var status = form.querySelector("[data-sending]");
  var fileLimit = Number(form.dataset.fileLimit), sendingLimit = Number(form.dataset.sendingLimit);

  function chosen() {
    var files = [];
    inputs.forEach(function (input) { files = files.concat(Array.from(input.files)); });
    return files;
  }

  function megabytes(size) { return Math.ceil(size / 1000000); }

  function fault() {
    var total = 0, heavy = null;
    chosen().forEach(function (file) {
      total += file.size;
      if (file.type.indexOf("image/") !== 0 && file.size > fileLimit * 1000000) { heavy = heavy || file; }
    });
    if (heavy) { return "« " + heavy.name + " » pèse " + megabytes(heavy.size) + " Mo. La limite est de " + fileLimit + " Mo."; }
    if (total > sendingLimit * 1000000) {
      return "Cet envoi pèse " + megabytes(total) + " Mo. La limite est de " + sendingLimit + " Mo : envoyez les photos en plusieurs fois.";
    }
    return "";
  }

  inputs.forEach(function (input) {
    input.addEventListener("change", function () {
      var said = fault();
      inputs.forEach(function (each) { each.setCustomValidity(each === input ? said : ""); });
      if (said) { input.reportValidity(); }
    });
  });

  form.addEventListener("submit", function () {
    if (status && chosen().length) { status.hidden = false; }
  });
}());
