// Buttons, and what lays a page out: alert, badge, card, instructions, modal, tabs, toast.

// The icons of iron-icons that pages use, as characters; any other shows by its name.
const ICONS = {
  add: "+", "add-circle": "⊕", remove: "−", check: "✓", "check-circle": "✔", done: "✓", close: "✕", clear: "✕", cancel: "✕", delete: "🗑",
  search: "🔍", "zoom-in": "🔍", help: "?", "help-outline": "?", info: "ℹ", "info-outline": "ℹ", warning: "⚠", error: "⚠", menu: "☰",
  settings: "⚙", save: "💾", send: "➤", star: "★", favorite: "♥", home: "⌂", refresh: "↻", undo: "↶", redo: "↷", create: "✎", edit: "✎",
  "arrow-back": "←", "arrow-forward": "→", "arrow-upward": "↑", "arrow-downward": "↓", "chevron-left": "‹", "chevron-right": "›",
  "thumb-up": "👍", "thumb-down": "👎", "play-arrow": "▶", pause: "⏸", stop: "■", visibility: "👁", lock: "🔒", mail: "✉",
};

function iconOf(name) {
  if (!name) {
    return null;
  }
  if (/[/.]/.test(name)) {
    return make("img", { src: name, alt: "", width: 20, height: 20 });
  }
  return make("span", { "aria-hidden": "true" }, ICONS[name.replace(/^.*:/, "")] || name);
}

// A window over the page; Escape closes it, and focus goes back.
function makeDialog(title, ...content) {
  const dialog = make("dialog", { "aria-label": title }, make("h2", {}, title), ...content, make("p", {}, make("button", { type: "button", onclick: () => dialog.close() }, "Close")));
  return dialog;
}

DEFINITIONS["iron-icon"] = class extends CrowdElement {
  static observedAttributes = ["icon"];

  changed() {
    this.shadowRoot.replaceChildren(make("style", {}, ":host{display:inline-block;margin:0}"), iconOf(this.getAttribute("icon")) || "");
  }
};

class CrowdButton extends CrowdElement {
  static observedAttributes = ["disabled", "variant", "icon", "icon-url", "icon-align", "href", "target", "loading", "label", "title"];

  constructor() {
    super();
    this.addEventListener("click", (event) => isOwn(this, event) && this.act(event));
  }

  build() {
    const link = this.hasAttribute("href");
    const type = this.getAttribute("form-action") || "button";
    this.control = link ? make("a", {}) : make("button", { type: /^(submit|reset)$/.test(type) ? type : "button" });
    this.slotted = make("slot");
    this.shadowRoot.append(make("style", {}, ":host{display:inline-block;margin:.25rem 0}a{color:inherit}"), this.control);
    this.changed();
  }

  changed() {
    const variant = this.getAttribute("variant");
    const icon = iconOf(this.getAttribute("icon-url") || this.getAttribute("icon"));
    const text = variant === "icon" ? make("span", { hidden: true }, this.slotted) : this.slotted;
    this.control.replaceChildren(...(this.getAttribute("icon-align") === "right" ? [text, " ", icon] : [icon, " ", text]).filter(Boolean));
    this.control.className = { primary: "main", link: "link" }[variant] || "";
    this.control.disabled = this.disabled || this.loading;
    this.control.setAttribute("aria-busy", this.loading);
    if (variant === "icon" || !this.textContent.trim()) {
      this.control.setAttribute("aria-label", this.textContent.trim() || this.getAttribute("title") || this.getAttribute("icon") || "Button");
    }
    if (this.hasAttribute("href")) {
      this.control.href = this.getAttribute("href");
      this.control.target = this.getAttribute("target") || "";
    }
  }

  act(event) {
    const action = this.getAttribute("form-action");
    const form = this.closest("crowd-form") || this.form;
    if (this.disabled || this.loading) {
      event.stopImmediatePropagation();
      event.preventDefault();
    } else if (form && (action === "submit" || action === "reset")) {
      // after the page's own listeners, which may stop it
      setTimeout(() => event.defaultPrevented || formAct(form, action));
    }
  }
}
reflect(CrowdButton, "disabled", "loading");
DEFINITIONS["crowd-button"] = CrowdButton;

class SmallButton extends CrowdButton {
  build() {
    this.control = make("button", { type: "button" });
    const style = `:host{display:block;margin:.25rem 0}button{border-radius:50%;min-width:2.75rem;min-height:2.75rem}`;
    this.shadowRoot.append(make("style", {}, style), this.control, make("slot"));
    this.changed();
  }

  changed() {
    const title = this.getAttribute("title") || this.getAttribute("label") || this.getAttribute("icon") || "Button";
    this.control.replaceChildren(iconOf(this.getAttribute("icon")) || (this.getAttribute("label") || "•").slice(0, 1));
    this.control.setAttribute("aria-label", title);
    this.control.disabled = this.disabled;
  }
}
DEFINITIONS["crowd-icon-button"] = class extends SmallButton {};
DEFINITIONS["crowd-fab"] = class extends SmallButton {};

DEFINITIONS["crowd-alert"] = class extends CrowdElement {
  static observedAttributes = ["type", "dismissible"];

  build() {
    this.setAttribute("role", "alert");
    const style = `:host{border:1px solid GrayText;border-left:.375rem solid var(--kind);padding:.5rem .75rem;border-radius:.25rem}
      .row{justify-content:space-between;flex-wrap:nowrap}`;
    this.close = make("button", { type: "button", "aria-label": "Dismiss", onclick: () => this.remove() }, "✕");
    this.shadowRoot.append(make("style", {}, style), make("div", { class: "row" }, make("div", {}, make("slot")), this.close));
    this.changed();
  }

  changed() {
    this.close.hidden = !this.hasAttribute("dismissible");
    this.style.setProperty("--kind", { success: "#2e7d32", error: "#b3261e", warning: "#b26a00" }[this.getAttribute("type")] || "#0b57a4");
  }
};

DEFINITIONS["crowd-badge"] = class extends CrowdElement {
  static observedAttributes = ["icon", "label", "for"];

  build() {
    const style = `:host{display:block;margin:0}.badge{display:inline-block;min-width:1.375rem;padding:0 .3rem;border-radius:.75rem;background:#b3261e;color:#fff;
      font-size:.8125rem;line-height:1.375rem;text-align:center;z-index:1}.badge.at{position:absolute;transform:translate(-50%,-50%)}`;
    this.badge = make("span", { class: "badge" });
    this.shadowRoot.append(make("style", {}, style), this.badge, make("slot"));
    this.changed();
    window.addEventListener("resize", () => this.place());
    window.addEventListener("load", () => this.place());
  }

  changed() {
    this.badge.replaceChildren(iconOf(this.getAttribute("icon")) || this.getAttribute("label") || "");
    this.place();
  }

  // At the upper right corner of the element that it is for.
  place() {
    const target = document.getElementById(this.getAttribute("for"));
    this.badge.classList.toggle("at", Boolean(target));
    const frame = this.badge.offsetParent?.getBoundingClientRect() || { left: -window.scrollX, top: -window.scrollY };
    const box = target?.getBoundingClientRect();
    if (box) {
      this.badge.style.left = box.right - frame.left + "px";
      this.badge.style.top = box.top - frame.top + "px";
    }
  }
};

DEFINITIONS["crowd-card"] = class extends CrowdElement {
  static observedAttributes = ["heading", "image"];

  build() {
    const style = ":host{border:1px solid GrayText;border-radius:.375rem;padding:.75rem;box-shadow:0 1px 3px rgb(0 0 0/.3)}img{display:block;max-width:100%}.heading{font-weight:bold;font-size:1.125rem}";
    this.image = make("img", { alt: "" });
    this.heading = make("div", { class: "heading" });
    this.shadowRoot.append(make("style", {}, style), this.image, this.heading, make("slot"));
    this.changed();
  }

  changed() {
    this.image.hidden = !this.hasAttribute("image");
    this.image.src = this.getAttribute("image") || "data:,";
    this.heading.textContent = this.getAttribute("heading") || "";
    this.heading.hidden = !this.heading.textContent;
  }
};

// What opens a window: a link or a button.
class Opener extends CrowdElement {
  static observedAttributes = ["link-text", "link-type"];

  build() {
    this.dialog = this.makeWindow();
    this.opener = make("button", { type: "button", onclick: () => this.open() });
    this.shadowRoot.append(this.opener, this.dialog);
    this.changed();
  }

  changed() {
    this.opener.textContent = this.getAttribute("link-text") || this.constructor.linkText;
    this.opener.className = this.getAttribute("link-type") === "button" ? "" : "link";
  }

  open() {
    this.dialog.showModal();
  }

  close() {
    this.dialog.close();
  }
}

DEFINITIONS["crowd-modal"] = class extends Opener {
  static linkText = "Click to open modal";

  makeWindow() {
    return makeDialog(this.getAttribute("link-text") || "", make("slot"));
  }
};

DEFINITIONS["crowd-instructions"] = class extends Opener {
  static linkText = "Click for instructions";
  static regions = ["short-summary", "detailed-instructions", "positive-example", "negative-example"];

  makeWindow() {
    const part = (heading, name) => make("section", {}, make("h3", {}, heading), make("slot", { name }));
    const summary = part("Summary", "short-summary");
    const details = part("Detailed instructions", "detailed-instructions");
    const examples = make("div", {}, part("Good examples", "positive-example"), part("Bad examples", "negative-example"));
    return makeDialog("Instructions", ...tabbed([["Summary", summary], ["Detailed Instructions", details], ["Examples", examples]]), make("slot"));
  }
};

// A list of tabs over their panels: [title, element] each.
function tabbed(panels) {
  const list = make("div", { role: "tablist", class: "row" });
  const choose = (at) => {
    panels.forEach(([, panel], index) => (panel.hidden = index !== at));
    [...list.children].forEach((tab, index) => {
      tab.setAttribute("aria-selected", index === at);
      tab.tabIndex = index === at ? 0 : -1;
    });
  };
  panels.forEach(([title, panel], index) => {
    panel.setAttribute("role", "tabpanel");
    panel.setAttribute("aria-label", title);
    list.append(make("button", { type: "button", role: "tab", onclick: () => choose(index) }, title));
  });
  list.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step) {
      const next = list.children[([...list.children].indexOf(event.target) + step + panels.length) % panels.length];
      next.click();
      next.focus();
    }
  });
  choose(0);
  list.choose = choose;
  return [list, ...panels.map(([, panel]) => panel).filter((panel) => panel.localName !== "crowd-tab")];
}

DEFINITIONS["crowd-tabs"] = class extends CrowdElement {
  build() {
    this.place = make("div");
    this.shadowRoot.append(this.place, make("slot"));
    this.arrange();
    new MutationObserver(() => this.arrange()).observe(this, { childList: true });
    // a field that holds the submission back must be seen
    this.addEventListener("invalid", (event) => this.show(event.target.closest("crowd-tab")), true);
  }

  arrange() {
    this.tabs = [...this.children].filter((child) => child.localName === "crowd-tab");
    this.place.replaceChildren();
    if (this.tabs.length) {
      this.place.append(...tabbed(this.tabs.map((tab) => [tab.getAttribute("header") || "Tab", tab])));
    }
  }

  show(tab) {
    if (this.tabs.includes(tab)) {
      this.place.firstChild.choose(this.tabs.indexOf(tab));
    }
  }
};

DEFINITIONS["crowd-tab"] = class extends CrowdElement {};

DEFINITIONS["crowd-toast"] = class extends CrowdElement {
  static observedAttributes = ["opened", "text"];

  build() {
    const style = ":host{position:fixed;bottom:1rem;left:1rem;z-index:10;padding:.75rem 1rem;background:#323232;color:#fff;border-radius:.25rem}:host(:not([opened])){display:none}";
    this.message = make("span");
    this.setAttribute("role", "status");
    this.shadowRoot.append(make("style", {}, style), this.message, make("slot"));
  }

  changed(name) {
    this.message.textContent = this.getAttribute("text") || "";
    clearTimeout(this.timer);
    if (name === "opened" && this.opened) {
      document.querySelectorAll("crowd-toast[opened]").forEach((each) => each !== this && (each.opened = false));
    }
    const duration = numberOf(this.getAttribute("duration"), 3000);
    if (this.opened && duration > 0) {
      this.timer = setTimeout(() => this.hide(), duration);
    }
  }

  show() {
    this.opened = true;
  }

  hide() {
    this.opened = false;
  }
};
reflect(DEFINITIONS["crowd-toast"], "opened");
