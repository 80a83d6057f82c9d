// For requesters' HTML: the functions of the script that Mechanical Turk had under this name. The assignment's id and the
// place to submit to are taken from this page's address.
function turkGetParam(name, defaultValue) {
  var pairs = window.location.search.substring(1).split("&");
  for (var i = 0; i < pairs.length; i++) {
    var at = pairs[i].indexOf("=");
    if (at > 0 && pairs[i].substring(0, at) === name) {
      return pairs[i].substring(at + 1);
    }
  }
  return defaultValue;
}

function decode(text) {
  return decodeURIComponent(text.replace(/\+/g, " "));
}

function turkGetSubmitToHost() {
  var host = decode(turkGetParam("turkSubmitTo", ""));
  return /^(https?:)?\/\//.test(host) ? host : window.location.protocol + "//" + window.location.host;
}

function turkSetAssignmentID(formName, buttonName) {
  var assignmentId = turkGetParam("assignmentId", "");
  var form = document.getElementById(formName || "mturk_form");
  // a layout's form without a name of the old service's, that says nowhere where it submits
  if (!form && document.forms.length > 0 && !document.forms[0].hasAttribute("action")) {
    form = document.forms[0];
    form.method = form.getAttribute("method") || "post";
  }
  var field = document.getElementById("assignmentId") || (form && form.elements["assignmentId"]);
  if (form && !field) {
    field = document.createElement("input");
    field.type = "hidden";
    field.name = "assignmentId";
    form.appendChild(field);
  }
  var button = document.getElementById(buttonName || "submitButton");
  if (field) {
    field.value = assignmentId;
  }
  if (assignmentId === "ASSIGNMENT_ID_NOT_AVAILABLE" && button) {
    button.disabled = true;
    button.value = "You must ACCEPT the HIT before you can submit the results.";
    button.style.whiteSpace = "normal";
    button.style.maxWidth = "100%";
  }
  if (form) {
    form.action = turkGetSubmitToHost() + "/mturk/externalSubmit";
  }
}
