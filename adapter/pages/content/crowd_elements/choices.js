// <crowd-checkbox>, <crowd-toggle-button>, <crowd-radio-button> and <crowd-radio-group>. The element itself is what is
// focused and clicked, so a page's scripts may call click(), read `checked` and listen to it.

class Choice extends CrowdField {
  static delegates = false;
  static observedAttributes = ["checked", "disabled", "required", "invalid"];

  constructor() {
    super();
    this.addEventListener("click", (event) => isOwn(this, event) && this.act());
    this.addEventListener("keydown", (event) => {
      if (event.target === this && (event.key === " " || event.key === "Enter")) {
        event.preventDefault();
        this.click();
      }
    });
  }

  build() {
    const style = `:host{display:block;cursor:pointer;padding:.25rem 0}:host(:disabled),:host([disabled]){opacity:.6;cursor:default}
      :host(:focus-visible){outline:3px solid #e07b00;outline-offset:2px}
      .mark{display:inline-flex;vertical-align:middle;align-items:center;width:1.375rem;height:1.375rem;margin-right:.5rem;border:2px solid currentColor;background:Field;
        border-radius:${this.constructor.round};color:inherit}
      .mark::after{content:"";width:100%;height:100%;transform:scale(.6);border-radius:inherit;background:#0b57a4;opacity:0}
      :host([checked]) .mark::after{opacity:1}
      .switch{width:2.75rem;border-radius:1rem}.switch::after{width:1.1rem;transform:none;opacity:1;background:GrayText;border-radius:1rem}
      :host([checked]) .switch{background:#0b57a4}:host([checked]) .switch::after{margin-left:auto;background:#fff}
      :host([invalid]:not([checked])) .mark{border-color:#b3261e}`;
    this.shadowRoot.append(make("style", {}, style), make("span", { class: `mark ${this.constructor.mark}` }), make("slot"), make("span", { class: "problem own", role: "alert" }));
    this.setAttribute("role", this.constructor.role);
    if (!this.hasAttribute("tabindex")) {
      this.tabIndex = 0;
    }
    this.atFirst = this.checked;
    if (!this.textContent.trim() && !this.hasAttribute("aria-label")) {
      this.setAttribute("aria-label", this.getAttribute("label") || this.spoken);
    }
    this.changed();
  }

  changed() {
    this.setAttribute("aria-checked", this.checked);
    this.setAttribute("aria-disabled", this.disabled);
  }

  check() {
    this.hold(this.required && !this.checked ? "Please tick this box if you want to go on." : "", this.shadowRoot.querySelector(".mark"));
  }

  act() {
    if (!this.matches(":disabled")) {
      this.checked = !this.checked;
      this.tell("input", "change");
    }
  }

  get value() {
    return this.getAttribute("value") ?? "on";
  }

  set value(value) {
    this.setAttribute("value", value);
  }

  answer() {
    return { [this.value]: this.checked };
  }

  // All of one name share an object, chosen or not.
  answerInto(answers) {
    if (this.name) {
      answers[this.name] = { ...Object(answers[this.name]), ...this.answer() };
    }
  }

  formResetCallback() {
    this.checked = this.atFirst;
  }
}
reflect(Choice, "checked", "invalid");

DEFINITIONS["crowd-checkbox"] = class extends Choice {
  static role = "checkbox";
  static round = ".2rem";
  static mark = "";
};

DEFINITIONS["crowd-toggle-button"] = class extends Choice {
  static role = "switch";
  static round = "1rem";
  static mark = "switch";
};

DEFINITIONS["crowd-radio-button"] = class extends Choice {
  static role = "radio";
  static round = "50%";
  static mark = "";

  get group() {
    return this.closest("crowd-radio-group");
  }

  connectedCallback() {
    super.connectedCallback();
    this.group?.arrange?.();
  }

  changed(name) {
    super.changed(name);
    if (this.checked) {
      this.group?.buttons?.().forEach((each) => each !== this && (each.checked = false));
    }
    this.group?.arrange?.();
  }

  check() {
    this.hold("");
  }

  act() {
    if (!this.matches(":disabled") && !(this.checked && this.group)) {
      this.checked = this.group ? true : !this.checked;
      this.tell("input", "change");
    }
  }
};

DEFINITIONS["crowd-radio-group"] = class extends CrowdElement {
  static delegates = false;

  build() {
    super.build();
    this.setAttribute("role", "radiogroup");
    this.addEventListener("keydown", (event) => this.move(event));
    this.arrange();
  }

  buttons() {
    return [...this.querySelectorAll("crowd-radio-button")].filter((each) => each.built);
  }

  // One stop for the tab key, as for native radio buttons.
  arrange() {
    const all = this.buttons();
    const stop = all.find((each) => each.checked) || all.find((each) => !each.disabled);
    all.forEach((each) => (each.tabIndex = each === stop ? 0 : -1));
  }

  move(event) {
    const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
    const all = this.buttons().filter((each) => !each.disabled);
    const at = all.indexOf(event.target);
    if (step && at >= 0) {
      event.preventDefault();
      const next = all[(at + step + all.length) % all.length];
      next.click();
      next.focus();
    }
  }

  get value() {
    return this.buttons().find((each) => each.checked)?.value ?? null;
  }
};
