// <crowd-entity-annotation>: labels on stretches of a text. Outside of a crowd-form it brings one, with its Submit.

DEFINITIONS["crowd-entity-annotation"] = class extends CrowdWidget {
  static observedAttributes = ["header", "labels", "text"];
  label = 0;
  entities = [];
  done = [];
  undone = [];

  buildWork() {
    const style = `.text { white-space: pre-wrap; line-height: 2.25; border: 1px solid GrayText; padding: .75rem; overflow-wrap: anywhere }
      .text mark { color: #000; padding: .1rem 0; border-bottom: 3px solid var(--colour) } .text button { min-height: 1.5rem; padding: 0 .25rem; font-size: .75rem; margin: 0 .125rem; user-select: none }
      .swatch { display: inline-block; width: 1rem; height: 1rem; vertical-align: middle; margin-right: .375rem; border: 1px solid #000 }`;
    this.labelList = make("div", { class: "row labels", role: "group", "aria-label": "Labels" });
    this.text = make("div", { class: "text", tabindex: "0", role: "group", "aria-label": "Text: select words, then they get the label. By keys: arrows move over letters, with Shift they select, Enter labels" });
    this.status = make("p", { class: "quiet", role: "status" });
    const tools = make("div", { class: "row" }, make("button", { type: "button", onclick: () => this.swap(this.done, this.undone) }, "Undo"), make("button", { type: "button", onclick: () => this.swap(this.undone, this.done) }, "Redo"));
    this.work.append(make("style", {}, style), this.labelList, tools, this.text, this.status);
    this.text.addEventListener("pointerup", () => setTimeout(() => this.take()));
    this.entities = this.given();
    this.changed("labels");
    if (!this.closest("crowd-form, form")) {
      this.bringForm();
    }
  }

  bringForm() {
    const form = make("crowd-form", { "answer-format": this.getAttribute("answer-format") });
    form.append(...this.shadowRoot.childNodes);
    this.shadowRoot.append(form);
    this.sender.remove();
  }

  given() {
    const list = lenient(this.getAttribute("initial-value"), []);
    return (Array.isArray(list) ? list : []).map(({ label, startOffset, endOffset }) => ({ endOffset, label, startOffset }));
  }

  changed(name) {
    super.changed(name);
    if (name === "labels") {
      const list = lenient(this.getAttribute("labels"), []);
      this.kinds = (Array.isArray(list) ? list : []).map((each) => (typeof each === "object" ? { ...each, label: String(each.label) } : { label: String(each) }));
      this.showLabels();
    }
    this.letters = [...(this.getAttribute("text") || "")];
    this.caret = Math.min(this.caret || 0, this.letters.length);
    this.draw();
  }

  showLabels() {
    renew(
      this.labelList,
      this.kinds.map((kind, index) => {
        const swatch = make("span", { class: "swatch" });
        swatch.style.background = colourAt(index);
        const text = (kind.fullDisplayName || kind.label) + (index < 9 ? ` (${index + 1})` : "");
        return make("button", { type: "button", "aria-pressed": String(index === this.label), onclick: () => this.takeLabel(index) }, swatch, text);
      }),
    );
  }

  takeLabel(index) {
    if (index < this.kinds.length) {
      this.label = index;
      this.showLabels();
    }
  }

  // Offsets count characters as Unicode has them, so one beyond the first 65,536 counts once.
  draw() {
    const bounds = new Set([0, this.letters.length, ...this.entities.flatMap((each) => [each.startOffset, each.endOffset])]);
    if (this.reach) {
      this.reach.forEach((each) => bounds.add(each));
    }
    const cuts = [...bounds].filter((each) => each >= 0 && each <= this.letters.length).sort((a, b) => a - b);
    this.text.replaceChildren();
    cuts.slice(0, -1).forEach((from, index) => {
      const to = cuts[index + 1];
      const over = this.entities.filter((each) => each.startOffset <= from && each.endOffset >= to);
      const chosen = this.reach && this.reach[0] <= from && this.reach[1] >= to;
      const piece = make(over.length || chosen ? "mark" : "span", { "data-from": from }, this.letters.slice(from, to).join(""));
      if (over.length || chosen) {
        const colour = over.length ? colourAt(this.at(over[over.length - 1].label)) : "#000000";
        piece.style.setProperty("--colour", colour);
        piece.style.background = chosen ? "#ffe082" : `color-mix(in srgb, ${colour} 25%, #fff)`;
      }
      this.text.append(piece, ...this.entities.filter((each) => each.endOffset === to).map((each) => this.remover(each)));
    });
  }

  at(label) {
    return Math.max(0, this.kinds.findIndex((kind) => kind.label === label));
  }

  remover(entity) {
    const kind = this.kinds[this.at(entity.label)];
    const text = `${kind?.shortDisplayName || entity.label} ✕`;
    const words = this.letters.slice(entity.startOffset, entity.endOffset).join("");
    const act = () => this.edit(this.entities.filter((each) => each !== entity));
    return make("button", { type: "button", "aria-label": `${text}: remove ${entity.label} from ${words}`, onclick: act }, text);
  }

  edit(entities) {
    this.done.push(this.entities);
    this.undone = [];
    this.entities = entities;
    this.reach = undefined;
    this.draw();
    this.tell("input", "change");
  }

  swap(from, to) {
    if (from.length) {
      to.push(this.entities);
      this.entities = from.pop();
      this.draw();
      this.tell("input", "change");
    }
  }

  // The offset of a place that the browser names.
  offset(node, within) {
    const piece = (node.nodeType === Node.TEXT_NODE ? node.parentElement : node).closest?.("[data-from]");
    if (!piece) {
      return node === this.text ? this.letters.length * (within > 0) : undefined;
    }
    return Number(piece.dataset.from) + [...piece.textContent.slice(0, node.nodeType === Node.TEXT_NODE ? within : 0)].length;
  }

  // Labels what was selected with the pointer.
  take() {
    const selection = this.shadowRoot.getSelection?.() || document.getSelection();
    const range = selection.getComposedRanges?.({ shadowRoots: [this.shadowRoot] })[0];
    const [from, to] = selection.anchorNode && this.text.contains(selection.anchorNode)
      ? [this.offset(selection.anchorNode, selection.anchorOffset), this.offset(selection.focusNode, selection.focusOffset)]
      : range ? [this.offset(range.startContainer, range.startOffset), this.offset(range.endContainer, range.endOffset)] : [];
    if (from !== undefined && to !== undefined && from !== to) {
      selection.removeAllRanges();
      this.mark(Math.min(from, to), Math.max(from, to));
    }
  }

  // A stretch that is labelled again changes its label; part of it alone cannot be taken.
  mark(startOffset, endOffset) {
    const label = this.kinds[this.label]?.label;
    const same = this.entities.find((each) => each.startOffset === startOffset && each.endOffset === endOffset);
    const part = this.entities.some((each) => each !== same && each.startOffset <= startOffset && each.endOffset >= endOffset);
    if (label === undefined || part) {
      this.status.textContent = part ? "Part of what has a label already cannot be taken by itself." : "There is no label.";
      return;
    }
    const others = this.entities.filter((each) => each !== same);
    this.edit([...others, { endOffset, label, startOffset }].sort((a, b) => a.startOffset - b.startOffset || a.endOffset - b.endOffset));
    this.status.textContent = `${this.letters.slice(startOffset, endOffset).join("")}: ${label}`;
  }

  key(event) {
    const control = event.ctrlKey || event.metaKey;
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (/^[1-9]$/.test(event.key) && !control) {
      this.takeLabel(Number(event.key) - 1);
    } else if (control && event.key === "z") {
      this.swap(this.done, this.undone);
    } else if (control && event.key === "y") {
      this.swap(this.undone, this.done);
    } else if (step && event.composedPath()[0] === this.text) {
      this.walk(step, event.shiftKey, control);
    } else if (event.key === "Enter" && this.reach && event.composedPath()[0] === this.text) {
      this.mark(...this.reach);
    } else {
      return;
    }
    event.preventDefault();
  }

  // A selection by keys; with Control by words.
  walk(step, selects, byWord) {
    const inWord = (at) => at > 0 && at < this.letters.length && /\S/.test(this.letters[at]) === /\S/.test(this.letters[at - 1]);
    const before = this.caret;
    do {
      this.caret = Math.max(0, Math.min(this.letters.length, this.caret + step));
    } while (byWord && inWord(this.caret));
    this.anchor = selects ? (this.reach ? this.anchor : before) : this.caret;
    const ends = [Math.min(this.anchor, this.caret), Math.max(this.anchor, this.caret)];
    this.reach = ends[0] === ends[1] ? undefined : ends;
    this.draw();
    this.status.textContent = this.reach ? `Selected: ${this.letters.slice(...ends).join("")}` : `Before: ${this.letters.slice(this.caret, this.caret + 12).join("")}`;
  }

  answer() {
    const adjusted = this.hasAttribute("initial-value") ? { initialValueModified: JSON.stringify(this.entities) !== JSON.stringify(this.given()) } : {};
    return { entities: this.entities, ...adjusted };
  }

  formResetCallback() {
    this.edit(this.given());
  }
};
