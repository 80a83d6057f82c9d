// The frame of the big elements: a header, instructions beside the work, the work, and a Submit of their own.

class CrowdWidget extends CrowdField {
  static delegates = false;
  static regions = ["short-instructions", "full-instructions"];
  static observedAttributes = ["header", "labels", "categories", "src", "text"];

  build() {
    // scripts read these lists as strict JSON
    for (const name of ["labels", "categories"]) {
      const list = lenient(this.getAttribute(name), undefined);
      if (list !== undefined) {
        this.setAttribute(name, JSON.stringify(list));
      }
    }
    const style = `
      :host { border: 1px solid GrayText; border-radius: .375rem; padding: .75rem }
      .frame { display: flex; flex-wrap: wrap; gap: 1rem }
      aside { flex: 1 1 12rem; min-width: 0 } .work { flex: 4 1 24rem; min-width: 0 }
      .choices { display: flex; flex-direction: column; gap: .375rem; align-items: stretch }
      .choices button { text-align: left } sup { float: right; margin-left: .5rem }
      .labels { margin: .5rem 0 }
      #footerContainer { margin-top: .75rem }
      img { max-width: 100%; display: block }`;
    this.headline = make("h2", { id: "headline" });
    this.work = make("div", { class: "work annotation-area" });
    const full = this.region("full-instructions");
    this.instructions = makeDialog(full?.getAttribute("header") || "Instructions", make("slot", { name: "full-instructions" }));
    this.opener = make("button", { type: "button", class: "link", onclick: () => this.instructions.showModal() }, "View full instructions");
    this.aside = make("aside", { "aria-label": "Instructions" }, make("slot", { name: "short-instructions" }), this.opener);
    this.problem = make("p", { class: "problem own", role: "alert" });
    this.sender = make("button", { type: "submit", class: "main", hidden: true, onclick: () => this.send() }, "Submit");
    const footer = make("div", { id: "footerContainer" }, make("div", { id: "actionsContainer" }, this.sender));
    this.shadowRoot.append(make("style", {}, style), this.headline, make("div", { class: "frame" }, this.aside, this.work), this.problem, footer, this.instructions);
    this.setAttribute("role", "group");
    document.addEventListener("keydown", (event) => this.isFor(event) && this.key(event));
    this.buildWork();
    this.changed("header");
    this.assignRegions();
  }

  assignRegions() {
    super.assignRegions();
    if (this.aside) {
      this.opener.hidden = !this.region("full-instructions");
      this.aside.hidden = this.opener.hidden && !this.region("short-instructions");
    }
  }

  // A key is for the element with the focus, and for the first of the page where nothing has it.
  isFor(event) {
    const target = event.composedPath()[0];
    if (!this.isConnected || (target.matches?.("input, textarea, select, [contenteditable]") && event.key !== "Escape")) {
      return false;
    }
    const first = () => [...document.querySelectorAll("*")].find((each) => each instanceof CrowdWidget) === this;
    return event.composedPath().includes(this) || (target === document.body && first());
  }

  key() {}

  changed(name) {
    if (name === "header") {
      this.headline.textContent = this.getAttribute("header") || "";
      this.headline.hidden = !this.headline.textContent;
      this.setAttribute("aria-label", this.getAttribute("header") || this.name || this.localName);
    }
  }

  offerSubmit(needed) {
    if (this.sender) {
      this.sender.hidden = !needed;
      this.sender.disabled = IS_PREVIEW;
    }
  }

  send() {
    const form = this.closest("crowd-form") || this.form;
    if (form) {
      formAct(form, "submit");
    }
  }

  get value() {
    return this.built ? this.answer() : undefined;
  }
}
