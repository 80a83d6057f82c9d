// <crowd-form>: puts what is in it into a form, and sends all answers as the one field `taskAnswers`, a JSON list of one
// object, or with answer-format="flatten-objects" as a field for each value.

const PARAMETERS = new URLSearchParams(window.location.search);
const ASSIGNMENT = PARAMETERS.get("assignmentId") || "";
const IS_PREVIEW = ASSIGNMENT === "" || ASSIGNMENT === "ASSIGNMENT_ID_NOT_AVAILABLE";
const SUBMIT_HOST = (PARAMETERS.get("turkSubmitTo") || window.location.protocol + "//" + window.location.host).replace(/\/$/, "");
// What the service takes of answers, with their markup.
const MOST_BYTES = 2090000;
const SUBMITS = "crowd-button[form-action=submit], button[type=submit], input[type=submit], input[type=image]";

// A plain input counts too; of radio buttons and boxes each value says whether it was chosen.
function plainAnswer(input, answers) {
  if (!input.name || input.matches(":disabled") || /^(submit|button|reset|image)$/.test(input.type)) {
    return;
  }
  if (input.type === "radio" || input.type === "checkbox") {
    answers[input.name] = { ...Object(answers[input.name]), [input.value]: input.checked };
  } else if (input.type === "select-multiple") {
    answers[input.name] = [...input.selectedOptions].map((option) => option.value);
  } else if (input.type === "file") {
    answers[input.name] = [...input.files].map((file) => file.name).join("|");
  } else {
    answers[input.name] = input.value;
  }
}

// Each leaf under its path; a list stays one value.
function flattened(value, name, into) {
  if (value !== null && typeof value === "object" && !Array.isArray(value)) {
    Object.entries(value).forEach(([key, inner]) => flattened(inner, name ? name + "." + key : key, into));
  } else {
    into[name] = typeof value === "object" ? JSON.stringify(value) : String(value);
  }
  return into;
}

DEFINITIONS["crowd-form"] = class extends CrowdElement {
  static formAssociated = false;
  static delegates = false;
  inner = make("form", { method: "post", action: SUBMIT_HOST + "/mturk/externalSubmit" });
  sent = false;
  withheld = new Set();
  awaited = new Set();

  build() {
    this.problems = make("div", { id: "errors-box", class: "problem", role: "alert" });
    this.shadowRoot.append(this.problems, make("slot"));
    super.append(this.inner);
    this.adopt();
    new MutationObserver(() => this.adopt()).observe(this, { childList: true });
    new MutationObserver(() => this.offer()).observe(this.inner, { childList: true, subtree: true, attributes: true, attributeFilter: ["form-action", "type"] });
    this.addEventListener("invalid", (event) => this.refused(event.target), true);
    const root = this.getRootNode();
    // at the end of its way up, after what the requester's page does with it
    const top = root instanceof ShadowRoot ? root : window;
    top.addEventListener("submit", (event) => this.submitted(event));
    top.addEventListener("submit", (event) => this.submittedWithin(event), true);
  }

  // Also what a script appends later.
  adopt() {
    this.inner.append(...[...this.childNodes].filter((child) => child !== this.inner));
    this.offer();
  }

  // The Submit of its own, where nothing else submits; none where there is something that cannot be worked.
  offer() {
    const unknown = this.unknown();
    const widgets = [...this.inner.querySelectorAll("*")].filter((each) => each instanceof CrowdWidget);
    const own = this.inner.querySelector("[data-testid=crowd-submit]");
    const brought = [...this.inner.querySelectorAll(SUBMITS)].some((each) => each !== own);
    const needed = !brought && !widgets.length && !unknown.length;
    if (needed && !own) {
      this.inner.append(make("crowd-button", { "form-action": "submit", variant: "primary", "data-testid": "crowd-submit", disabled: IS_PREVIEW }, "Submit"));
    } else if (!needed) {
      own?.remove();
    }
    widgets.forEach((each, index) => each.offerSubmit(!brought && !unknown.length && index === widgets.length - 1));
    if (unknown.length) {
      this.problems.textContent = `This HIT cannot be done here: this site does not know <${unknown.join(">, <")}>. Return it, please.`;
    } else if (IS_PREVIEW) {
      this.problems.textContent = "You must accept the HIT before you can submit the results.";
    }
    if (unknown.length || IS_PREVIEW) {
      const open = [...this.inner.querySelectorAll(SUBMITS)].filter((each) => !each.disabled);
      open.forEach((each) => this.withheld.add(each) && (each.disabled = true));
      // a script of the page may still bring them
      unknown.filter((name) => !this.awaited.has(name)).forEach((name) => this.awaited.add(name) && customElements.whenDefined(name).then(() => this.offer()));
    } else if (this.withheld.size) {
      this.problems.textContent = "";
      this.withheld.forEach((each) => (each.disabled = false));
      this.withheld.clear();
    }
  }

  unknown() {
    const names = new Set([...this.inner.querySelectorAll("*")].map((each) => each.localName));
    return [...names].filter((name) => name.startsWith("crowd-") && !customElements.get(name) && !(name in DEFINITIONS) && !PARTS.includes(name));
  }

  fields() {
    const all = [...this.inner.querySelectorAll("*")];
    const root = this.getRootNode();
    return (root instanceof ShadowRoot ? [root.host] : []).concat(all).filter((each) => each instanceof CrowdElement || each.matches("input, select, textarea"));
  }

  answers() {
    this.adopt();
    const answers = {};
    this.fields().forEach((each) => (each instanceof CrowdElement ? each.answerInto(answers) : plainAnswer(each, answers)));
    return answers;
  }

  refused(field) {
    if (field.checkVisibility?.() === false) {
      this.problems.textContent = `${field.getAttribute("label") || field.name || "A field"}: ${field.validationMessage}`;
    }
  }

  submitted(event) {
    if (event.defaultPrevented || !(event.target === this || this.inner.contains(event.target))) {
      return;
    }
    event.preventDefault();
    this.send();
  }

  // Browsers end the event's way up at a form around the one that is submitted, so it would not reach the window.
  submittedWithin(event) {
    const form = event.target;
    if (!event.isTrusted || !this.inner.contains(form) || !form.parentElement.closest("form")) {
      return;
    }
    event.preventDefault();
    event.stopImmediatePropagation();
    const again = new SubmitEvent("submit", { bubbles: true, cancelable: true, submitter: event.submitter });
    if (!form.dispatchEvent(again)) {
      return;
    }
    if (form === this.inner) {
      this.send();
    } else {
      formAct(this.inner, "submit");
    }
  }

  send() {
    if (this.sent || IS_PREVIEW || this.unknown().length) {
      return;
    }
    // a form of the page's own within this one has checked no more than its own fields
    const wrong = this.fields().find((each) => !each.matches(":disabled") && each.checkValidity?.() === false);
    if (wrong) {
      wrong.reportValidity();
      return;
    }
    this._submitHelperForm();
  }

  _serializeForm() {
    const answers = this.answers();
    return this.getAttribute("answer-format") === "flatten-objects" ? flattened(answers, "", {}) : { taskAnswers: JSON.stringify([answers]) };
  }

  _submitHelperForm() {
    const fields = this._serializeForm();
    const bytes = new Blob(Object.entries(fields).flat().map((each) => String(each).replace(/[&<>]/g, "&amp;"))).size;
    if (bytes > MOST_BYTES) {
      this.problems.textContent = `This cannot be sent: it would be ${(bytes / 1e6).toFixed(1)} MB, and at most ${(MOST_BYTES / 1e6).toFixed(1)} MB are taken. Nothing is lost yet.`;
      this.problems.scrollIntoView({ block: "center" });
      return;
    }
    this.sent = true;
    const outgoing = make("form", { method: "post", action: this.inner.getAttribute("action"), hidden: true });
    for (const [name, value] of Object.entries({ assignmentId: ASSIGNMENT, ...fields })) {
      const input = make("input", { type: "hidden", name });
      input.value = value;
      outgoing.append(input);
    }
    document.body.append(outgoing);
    HTMLFormElement.prototype.submit.call(outgoing);
  }

  get form() {
    return this.inner;
  }

  get elements() {
    return this.inner.elements;
  }

  submit() {
    this.adopt();
    formAct(this.inner, "submit");
  }

  requestSubmit() {
    this.submit();
  }

  reset() {
    formAct(this.inner, "reset");
  }

  checkValidity() {
    return this.fields().every((each) => each.matches(":disabled") || each.checkValidity?.() !== false);
  }

  reportValidity() {
    return this.fields().every((each) => each.matches(":disabled") || each.reportValidity?.() !== false);
  }
};

// With a plain form around them the elements add their values to what it sends.
document.addEventListener("formdata", (event) => {
  const answers = {};
  for (const each of event.target.elements) {
    if (each instanceof CrowdElement) {
      each.answerInto(answers);
    }
  }
  Object.entries(flattened(answers, "", {})).forEach(([name, value]) => event.formData.append(name, value));
});
