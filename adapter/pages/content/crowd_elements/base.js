// What all crowd elements share: attributes as requesters write them, a shadow root, regions, and their part in a form.

function make(name, attributes, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes || {})) {
    if (key.startsWith("on")) {
      element.addEventListener(key.slice(2), value);
    } else if (value !== null && value !== undefined && value !== false) {
      element.setAttribute(key, value === true ? "" : value);
    }
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

// Data in attributes is JSON, often with single quotes, bare keys or a comma too many. Never run as a script.
function lenient(text, otherwise) {
  if (!text) {
    return otherwise;
  }
  let strict = "";
  for (const [token, quoted, word] of text.matchAll(/("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|([A-Za-z_$][\w$]*)|[^"'A-Za-z_$]+|["']/gs)) {
    if (quoted && quoted[0] === "'") {
      strict += '"' + quoted.slice(1, -1).replace(/\\'/g, "'").replace(/\\.|"/gs, (part) => (part === '"' ? '\\"' : part)) + '"';
    } else {
      strict += word && !/^(true|false|null)$/.test(word) ? JSON.stringify(word) : token;
    }
  }
  strict = strict.replace(/"(?:[^"\\]|\\.)*"|,\s*(?=[\]}])/gs, (part) => (part[0] === "," ? "" : part));
  for (const attempt of [text, strict]) {
    try {
      return JSON.parse(attempt);
    } catch {
      continue;
    }
  }
  return otherwise;
}

// A list of words; what is no JSON at all is split at its commas.
function wordsOf(text) {
  const list = lenient(text, undefined);
  if (Array.isArray(list)) {
    return list.map((each) => (each !== null && typeof each === "object" ? String(each.label) : String(each)));
  }
  return (text || "").replace(/^\s*\[|\]\s*$/g, "").split(",").map((each) => each.trim().replace(/^['"]|['"]$/g, "")).filter(Boolean);
}

function numberOf(text, otherwise) {
  const number = text === null || text.trim() === "" ? NaN : Number(text);
  return Number.isFinite(number) ? number : otherwise;
}

// System colours follow the page around them, light or dark.
const SHEET = new CSSStyleSheet();
SHEET.replaceSync(`
  :host { display: block; margin: .75rem 0; font-family: system-ui, sans-serif; box-sizing: border-box }
  :host([hidden]), [hidden] { display: none !important }
  * { box-sizing: border-box }
  button, input, textarea, select { font: inherit; color: inherit; max-width: 100% }
  button { min-height: 2.25rem; padding: .25rem .75rem; border: 1px solid GrayText; border-radius: .25rem; background: ButtonFace; color: ButtonText; cursor: pointer }
  button.main { background: #0b57a4; border-color: #0b57a4; color: #fff }
  button.link { border: 0; background: none; color: LinkText; text-decoration: underline; padding: .25rem }
  button[aria-pressed=true], button[aria-selected=true] { outline: 3px solid currentColor; outline-offset: -3px; font-weight: bold }
  button:disabled { opacity: .6; cursor: default }
  input:not([type=range], [type=checkbox], [type=radio]), textarea { padding: .4rem; border: 1px solid GrayText; border-radius: .25rem; background: Field; color: FieldText }
  :focus-visible { outline: 3px solid #e07b00; outline-offset: 2px }
  .problem { color: #b3261e; background: #fff; padding: .25rem .5rem; border-left: 4px solid; margin: .25rem 0; display: block }
  .problem:empty { display: none }
  .quiet { font-size: .875rem }
  .row { display: flex; margin: .25rem 0 .5rem; flex-wrap: wrap; gap: .5rem; align-items: center }
  dialog { max-width: min(50rem, 92vw); max-height: 90vh; overflow: auto; border: 1px solid GrayText; border-radius: .5rem; color: CanvasText; background: Canvas }
  dialog::backdrop { background: rgb(0 0 0 / .5) }
  h2, h3 { margin: .5rem 0; font-size: 1.125rem }
`);

const DEFINITIONS = {};

// A field of the form may be named "reset" or the like, and hides the form's own function.
function formAct(form, action) {
  const type = form instanceof HTMLFormElement ? HTMLFormElement.prototype : form;
  type[action === "submit" ? "requestSubmit" : "reset"].call(form);
}

// New children, with the focus on the one in the place of that which had it.
function renew(parent, children) {
  const at = [...parent.children].findIndex((child) => child.contains(parent.getRootNode().activeElement));
  parent.replaceChildren(...children);
  const next = parent.children[Math.min(at, children.length - 1)];
  (next?.localName === "li" ? next.firstElementChild : next)?.focus();
}

// Whether a click on the element is for itself, and not for another control that stands inside of it.
function isOwn(element, event) {
  const nearest = event.target.closest("a[href], button, input, label, select, textarea, [tabindex]");
  return !nearest || nearest === element || nearest.contains(element);
}

class CrowdElement extends HTMLElement {
  static formAssociated = true;
  static regions = [];

  constructor() {
    super();
    this.internals = this.attachInternals();
    this.attachShadow({ mode: "open", delegatesFocus: this.constructor.delegates !== false });
    this.shadowRoot.adoptedStyleSheets = [SHEET];
    this.built = false;
  }

  connectedCallback() {
    if (this.built) {
      return;
    }
    // what a script has set before there was this class
    const early = Object.entries(Object.getOwnPropertyDescriptors(this)).filter(([name, each]) => name in this.constructor.prototype && "value" in each);
    early.forEach(([name]) => delete this[name]);
    this.assignRegions();
    this.build();
    this.built = true;
    this.constructor.observedAttributes?.forEach((name) => this.hasAttribute(name) && this.changed(name));
    early.forEach(([name, each]) => (this[name] = each.value));
    this.check();
    if (this.constructor.regions.length) {
      new MutationObserver(() => this.assignRegions()).observe(this, { childList: true });
    }
  }

  // Each region, such as <short-instructions>, goes to its place; what is in it stays in the page, for its scripts.
  assignRegions() {
    for (const child of this.children) {
      if (this.constructor.regions.includes(child.localName)) {
        child.slot = child.localName;
      }
    }
  }

  region(name) {
    return [...this.children].find((child) => child.localName === name);
  }

  attributeChangedCallback(name, before, after) {
    if (this.built && before !== after) {
      this.changed(name);
      this.check();
    }
  }

  build() {
    this.shadowRoot.append(make("slot"));
  }

  changed() {}

  check() {}

  // Without a message it may be submitted.
  hold(message, anchor) {
    this.internals.setValidity(message ? { customError: true } : {}, message || "", message ? anchor || this.shadowRoot.querySelector("button, input, textarea, [tabindex]") || undefined : undefined);
    if (!message) {
      this.complain("");
    }
  }

  complain(message) {
    const place = this.shadowRoot.querySelector(".problem.own");
    if (place) {
      place.textContent = message;
    }
  }

  get form() {
    return this.internals.form;
  }

  get name() {
    return this.getAttribute("name") || "";
  }

  set name(name) {
    this.setAttribute("name", name);
  }

  get validity() {
    return this.internals.validity;
  }

  get validationMessage() {
    return this.internals.validationMessage;
  }

  get willValidate() {
    return this.internals.willValidate;
  }

  checkValidity() {
    return this.internals.checkValidity();
  }

  reportValidity() {
    return this.internals.reportValidity();
  }

  // What it adds to the answers; most elements add nothing.
  answerInto() {}

  tell(...names) {
    names.forEach((name) => this.dispatchEvent(new Event(name, { bubbles: true })));
  }
}

// Attributes that scripts also reach as properties.
function reflect(type, ...names) {
  for (const name of names) {
    Object.defineProperty(type.prototype, name, {
      configurable: true,
      get() {
        return this.hasAttribute(name);
      },
      set(on) {
        this.toggleAttribute(name, Boolean(on));
      },
    });
  }
}

// An element with a value of its own under its name.
class CrowdField extends CrowdElement {
  constructor() {
    super();
    this.addEventListener("invalid", () => this.complain(this.validationMessage));
  }

  get _submittableValue() {
    return this.answer();
  }

  answerInto(answers) {
    const value = this.name ? this.answer() : undefined;
    if (value !== undefined) {
      answers[this.name] = value;
    }
  }

  // The words by which people know it where it has no label of its own.
  get spoken() {
    const labels = [...(this.internals.labels || [])].map((label) => label.textContent.trim()).filter(Boolean);
    return this.getAttribute("aria-label") || labels.join(" ") || this.getAttribute("placeholder") || this.name || this.localName;
  }
}
reflect(CrowdField, "required", "disabled");
