// <crowd-input>, <crowd-text-area> and <crowd-slider>: a native input each, in a shadow root.

const PASSED_ON = ["type", "placeholder", "required", "disabled", "min", "max", "step", "pattern", "rows", "accept", "autocomplete", "inputmode"];

class TextField extends CrowdField {
  static observedAttributes = ["value", "label", "max-length", "maxlength", "min-length", "minlength", "error-message", ...PASSED_ON];

  build() {
    this.control = this.makeControl();
    this.caption = make("label", { for: "control" });
    this.control.id = "control";
    this.counter = make("span", { class: "quiet", hidden: !this.hasAttribute("char-counter") });
    this.problem = make("span", { class: "problem own", id: "problem", role: "alert" });
    this.control.setAttribute("aria-describedby", "problem");
    this.shadowRoot.append(make("style", {}, "label{display:block}input,textarea{width:30rem}"), this.caption, this.control, this.counter, this.problem);
    this.changed("label");
    this.control.addEventListener("input", () => this.edited());
    // unlike `input` it does not leave the shadow root by itself
    this.control.addEventListener("change", () => this.tell("change"));
    this.control.addEventListener("beforeinput", (event) => this.filter(event));
    if (this.hasAttribute("auto-focus") || this.hasAttribute("autofocus")) {
      queueMicrotask(() => this.control.focus());
    }
  }

  // Characters that are not allowed are not taken.
  filter(event) {
    const allowed = this.getAttribute("allowed-pattern");
    if (!allowed || !event.data) {
      return;
    }
    try {
      const pattern = new RegExp("^(?:" + allowed + ")$");
      if (![...event.data].every((letter) => pattern.test(letter))) {
        event.preventDefault();
        this.complain(this.getAttribute("error-message") || "");
      }
    } catch {
      return;
    }
  }

  changed(name) {
    if (PASSED_ON.includes(name) && this.hasAttribute(name)) {
      this.control.setAttribute(name, this.getAttribute(name));
    } else if (PASSED_ON.includes(name)) {
      this.control.removeAttribute(name);
    } else if (name === "value") {
      this.control.value = this.getAttribute("value") || "";
    } else if (name === "label") {
      this.caption.textContent = this.getAttribute("label") || "";
      this.control.toggleAttribute("aria-label", !this.getAttribute("label"));
      if (!this.getAttribute("label")) {
        this.control.setAttribute("aria-label", this.spoken);
      }
    }
    const most = numberOf(this.getAttribute("max-length") ?? this.getAttribute("maxlength"), -1);
    this.control.maxLength = most >= 0 ? most : 524288;
  }

  edited() {
    this.complain("");
    this.check();
    if (this.hasAttribute("auto-validate") && !this.validity.valid) {
      this.complain(this.validationMessage);
    }
  }

  check() {
    const text = this.control.value;
    const least = numberOf(this.getAttribute("min-length") ?? this.getAttribute("minlength"), 0);
    this.counter.textContent = `${text.length} characters`;
    if (text && text.length < least) {
      this.hold(this.getAttribute("error-message") || `Write at least ${least} characters.`, this.control);
    } else if (this.control.validity.valid) {
      this.hold("");
    } else {
      const message = this.control.validity.valueMissing ? "Please fill in this field." : this.control.validationMessage;
      this.hold(this.getAttribute("error-message") || message, this.control);
    }
  }

  get value() {
    return this.built ? this.control.value : this.getAttribute("value") || "";
  }

  set value(value) {
    this.control.value = value ?? "";
    this.check();
  }

  get type() {
    return this.control.type;
  }

  get files() {
    return this.control.files;
  }

  // Nothing typed is no answer.
  answer() {
    const text = this.control.type === "file" ? [...this.control.files].map((file) => file.name).join("|") : this.control.value;
    return text === "" ? undefined : text;
  }

  formResetCallback() {
    this.changed("value");
    this.check();
  }
}

DEFINITIONS["crowd-input"] = class extends TextField {
  makeControl() {
    // so that what follows one that was not closed is seen all the same
    this.shadowRoot.append(make("slot"));
    return make("input", { name: this.name });
  }

  build() {
    super.build();
    this.shadowRoot.append(this.shadowRoot.querySelector("slot"));
  }
};

DEFINITIONS["crowd-text-area"] = class extends TextField {
  makeControl() {
    if (!this.hasAttribute("value") && this.textContent.trim()) {
      this.setAttribute("value", this.textContent.trim());
    }
    return make("textarea", { name: this.name, rows: "3" });
  }

  edited() {
    super.edited();
    this.grow();
  }

  // As high as its text, up to max-rows.
  grow() {
    const line = parseFloat(getComputedStyle(this.control).lineHeight) || 20;
    const most = numberOf(this.getAttribute("max-rows"), 0);
    this.control.style.height = "auto";
    const height = this.control.scrollHeight + 2;
    if (height > this.control.clientHeight + 2) {
      this.control.style.height = (most ? Math.min(height, most * line + 16) : height) + "px";
    }
  }
};

DEFINITIONS["crowd-slider"] = class extends CrowdField {
  static observedAttributes = ["min", "max", "step", "value", "disabled", "editable", "label", "secondary-progress"];

  build() {
    this.range = make("input", { type: "range" });
    this.number = make("input", { type: "number", "aria-label": "Value" });
    this.shown = make("output");
    this.bar = make("div", { class: "bar" });
    const style = ".bar{height:4px;width:0;background:var(--crowd-slider-secondary-color,#7aa7d9)}span{min-width:12rem}.row>span input{width:100%}";
    this.shadowRoot.append(make("style", {}, style), make("div", { class: "row" }, make("span", {}, this.range, this.bar), this.number, this.shown), make("slot"));
    this.range.addEventListener("input", () => this.show(this.range.value));
    this.number.addEventListener("change", () => ((this.value = this.number.value), this.tell("change")));
    this.range.addEventListener("change", () => this.tell("change"));
    this.changed("min");
    this.formResetCallback();
  }

  changed(name) {
    if (name === "value") {
      this.value = this.getAttribute("value");
      return;
    }
    const value = this.range.value;
    for (const input of [this.range, this.number]) {
      // before the value, which an input cuts to its bounds
      input.min = numberOf(this.getAttribute("min"), 0);
      input.max = numberOf(this.getAttribute("max"), 100);
      input.step = this.getAttribute("step") || "1";
      input.disabled = this.disabled;
    }
    this.range.setAttribute("aria-label", this.getAttribute("label") || this.spoken);
    this.number.hidden = !this.hasAttribute("editable");
    const part = (numberOf(this.getAttribute("secondary-progress"), 0) - this.range.min) / (this.range.max - this.range.min);
    this.bar.style.width = Math.max(0, Math.min(1, part || 0)) * 100 + "%";
    this.show(value);
  }

  show(value) {
    this.range.value = value;
    this.number.value = this.range.value;
    this.shown.textContent = this.range.value;
  }

  get value() {
    return this.built ? Number(this.range.value) : numberOf(this.getAttribute("value"), 0);
  }

  set value(value) {
    this.show(numberOf(String(value ?? ""), this.range.min));
  }

  answer() {
    return this.value;
  }

  // An untouched one stands at its value, else at its minimum.
  formResetCallback() {
    this.show(numberOf(this.getAttribute("value"), numberOf(this.getAttribute("min"), 0)));
  }
};
