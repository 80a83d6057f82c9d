// <crowd-classifier>, <crowd-image-classifier> and their -multi-select: categories as buttons, with number keys.

class Classifier extends CrowdWidget {
  static regions = ["short-instructions", "full-instructions", "classification-target", "worker-comment"];
  static observedAttributes = ["header", "categories", "src", "exclusion-category", "overlay"];
  static several = false;
  chosen = [];

  buildWork() {
    this.setLabel = make("h3", { id: "question" }, this.constructor.several ? "Select one or more options" : "Select an option");
    this.list = make("div", { class: "choices category-picker-wrapper", role: "group", "aria-labelledby": "question" });
    this.shown = make("div", { class: "shown" });
    this.shadowRoot.append(make("style", {}, ".shown{position:relative;width:fit-content;max-width:100%}.shown>*+*{position:absolute;inset:0;width:100%;height:100%;opacity:.5}"));
    this.work.append(make("slot", { name: "classification-target" }), this.shown, this.setLabel, this.list);
    this.buildComment();
    this.changed("categories");
  }

  changed(name) {
    super.changed(name);
    if (name === "categories" || name === "exclusion-category") {
      this.names = this.given || wordsOf(this.getAttribute("categories"));
      const none = lenient(this.getAttribute("exclusion-category"), undefined);
      this.exclusion = none?.text ?? (typeof none === "string" ? none : undefined);
      this.chosen = this.chosen.filter((each) => this.names.includes(each));
      this.list.replaceChildren(...this.names.map((each, index) => this.button(each, index)), ...(this.constructor.several && this.exclusion ? [this.button(this.exclusion, -1)] : []));
    } else if (name === "src" || name === "overlay") {
      this.showImage();
    }
    this.mark();
  }

  button(text, index) {
    const hotkey = index >= 0 && index < 9 ? make("sup", { class: "category-hotkey", "aria-hidden": "true" }, String(index + 1)) : null;
    return make("button", { type: "button", class: "category-button", value: text, "data-none": index < 0, onclick: () => this.choose(text, index < 0) }, make("span", {}, text), hotkey);
  }

  showImage() {
    const over = lenient(this.getAttribute("overlay"), {}) || {};
    const picture = make("img", { src: this.getAttribute("src"), alt: "The image to classify" });
    this.shown.replaceChildren(...(this.hasAttribute("src") ? [picture] : []));
    const mask = over.semanticSegmentation?.src || over.instanceSegmentation?.src;
    if (mask) {
      this.shown.append(make("img", { src: mask, alt: "" }));
    } else if (over.boundingBox) {
      picture.addEventListener("load", () => this.shown.append(boxesOver(picture, over.boundingBox.value || [])));
    }
  }

  // Another choice takes the place of the one before, or joins it; "none of these" goes alone.
  choose(text, none = false) {
    if (this.matches(":disabled")) {
      return;
    }
    this.complain("");
    if (none) {
      this.none = !this.none;
      this.chosen = [];
    } else if (!this.constructor.several) {
      this.chosen = [text];
    } else if (!this.none) {
      this.chosen = this.names.filter((each) => this.chosen.includes(each) !== (each === text));
    }
    this.mark();
    this.check();
    this.tell("input", "change");
  }

  mark() {
    for (const button of this.list.children) {
      const none = button.hasAttribute("data-none");
      button.setAttribute("aria-pressed", none ? Boolean(this.none) : this.chosen.includes(button.value));
      button.disabled = Boolean(this.none) && !none;
    }
  }

  key(event) {
    const at = Number(event.key) - 1;
    if (!event.ctrlKey && !event.metaKey && !event.altKey && at >= 0 && at < this.names.length) {
      event.preventDefault();
      this.choose(this.names[at]);
    }
  }

  check() {
    const some = this.chosen.length || this.none || !this.names.length;
    this.hold(some ? "" : this.constructor.several ? "Choose at least one category." : "Choose one of the categories.", this.list.querySelector("button"));
  }

  // A word to the requester, if the page asks for one.
  buildComment() {
    const region = this.region("worker-comment");
    if (region) {
      this.comment = make("textarea", { rows: "3", placeholder: region.getAttribute("placeholder"), "aria-label": "Comment" });
      const dialog = makeDialog(region.getAttribute("header") || "Add a comment", make("slot", { name: "worker-comment" }), this.comment);
      const link = region.getAttribute("link-text") || "Add a comment";
      this.work.append(make("button", { type: "button", class: "link", onclick: () => dialog.showModal() }, link), dialog);
    }
  }

  answer() {
    const comment = this.comment?.value.trim() ? { workerComment: this.comment.value } : {};
    if (this.constructor.several) {
      return { labels: [...this.chosen], ...comment };
    }
    return this.chosen.length ? { label: this.chosen[0], ...comment } : undefined;
  }

  get value() {
    return this.constructor.several ? [...this.chosen] : this.chosen[0] ?? "";
  }

  set value(value) {
    this.chosen = [value ?? []].flat().filter((each) => this.names.includes(each)).slice(0, this.constructor.several ? undefined : 1);
    this.mark();
    this.check();
  }

  get categories() {
    return this.names;
  }

  set categories(list) {
    this.given = Array.isArray(list) ? list.map(String) : wordsOf(list);
    this.changed("categories");
    this.check();
  }

  formResetCallback() {
    this.none = false;
    this.value = [];
  }
}

function boxesOver(picture, boxes) {
  const svg = svgOf("svg", { viewBox: `0 0 ${picture.naturalWidth} ${picture.naturalHeight}`, "aria-hidden": "true", style: "opacity:1" });
  for (const box of boxes) {
    const place = { x: box.left, y: box.top, width: box.width, height: box.height };
    svg.append(svgOf("rect", { ...place, fill: "none", stroke: "#d62728", "stroke-width": 3, "vector-effect": "non-scaling-stroke" }));
  }
  return svg;
}

DEFINITIONS["crowd-classifier"] = class extends Classifier {};
DEFINITIONS["crowd-image-classifier"] = class extends Classifier {};
DEFINITIONS["crowd-classifier-multi-select"] = class extends Classifier {
  static several = true;
};
DEFINITIONS["crowd-image-classifier-multi-select"] = class extends Classifier {
  static several = true;
};
