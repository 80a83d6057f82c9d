// What the drawing elements share: the image with zoom, labels with colours and keys, a cursor moved by arrow keys, undo.

const COLOURS = ["#1f77b4", "#ff7f0e", "#2ca02c", "#d62728", "#9467bd", "#8c564b", "#e377c2", "#17becf", "#bcbd22", "#7f7f7f"];

// The colour of the nth thing: after the ten best known come others that differ from all of them.
function colourAt(index) {
  if (index < COLOURS.length) {
    return COLOURS[index];
  }
  const shade = (index * 2654435761) % 0xffffff;
  return "#" + shade.toString(16).padStart(6, "0");
}

function svgOf(name, attributes, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  Object.entries(attributes).forEach(([key, value]) => element.setAttribute(key, value));
  element.append(...children);
  return element;
}

class DrawingWidget extends CrowdWidget {
  static observedAttributes = ["header", "labels", "label-colors", "src"];
  done = [];
  undone = [];
  zoom = 1;
  label = 0;

  buildWork() {
    const style = `
      .stage { position: relative; overflow: auto; max-height: 75vh; border: 1px solid GrayText; background: #444 }
      .picture { position: relative; width: 100% } .picture > img { width: 100%; max-width: none; user-select: none; -webkit-user-drag: none }
      .picture > svg, .picture > canvas { position: absolute; inset: 0; width: 100%; height: 100% }
      .picture > svg { touch-action: none; cursor: crosshair } .moving .picture > svg { touch-action: auto; cursor: grab }
      .swatch { display: inline-block; width: 1rem; height: 1rem; vertical-align: middle; margin-right: .375rem; border: 1px solid #000 }
      ul { list-style: none; padding: 0; margin: .5rem 0 } li { margin: .25rem 0 }`;
    this.image = make("img", { alt: "The image to work on", draggable: "false" });
    this.overlay = svgOf("svg", { "aria-hidden": "true" });
    this.picture = make("div", { class: "picture" }, this.image, this.overlay);
    this.stage = make("div", { class: "stage", tabindex: "0", role: "application", "aria-label": "Image: arrow keys move the cursor, the space bar sets a point, Enter ends a shape", "aria-describedby": "status" }, this.picture);
    this.labelList = make("div", { class: "row labels", role: "group", "aria-label": "Labels" });
    this.tools = make("div", { class: "row", role: "group", "aria-label": "Tools" }, ...this.commonTools());
    this.status = make("p", { id: "status", class: "quiet", role: "status" });
    this.items = make("ul", { "aria-label": "What is drawn" });
    this.work.append(make("style", {}, style), this.labelList, this.tools, this.stage, this.status, this.items);
    this.image.addEventListener("load", () => this.loaded());
    this.image.addEventListener("error", () => this.say("The image cannot be loaded, so this HIT cannot be done."));
    this.listen();
    this.buildTools();
    this.start();
    this.changed("labels");
  }

  buildTools() {}

  tool(text, key, act, more) {
    return make("button", { type: "button", title: key ? `Key: ${key}` : null, onclick: act, ...more }, text);
  }

  commonTools() {
    this.mover = this.tool("Move", "m", () => this.move(), { "aria-pressed": "false" });
    const keys = makeDialog("Keys", make("p", {}, "1 to 9: label. Arrow keys: move the cursor (with Shift by one pixel). Space: set a point. Enter: end a shape, or set a point. Escape: give it up. Delete: remove what is selected. Ctrl+Z, Ctrl+Y: undo, redo. + and −: zoom, 0: whole image, m: move the image by dragging."));
    return [
      this.tool("Undo", "Ctrl+Z", () => this.undo()), this.tool("Redo", "Ctrl+Y", () => this.redo()), this.tool("Zoom in", "+", () => this.zoomBy(1.5)),
      this.tool("Zoom out", "-", () => this.zoomBy(1 / 1.5)), this.mover, this.tool("Shortcuts", "", () => keys.showModal()), keys,
    ];
  }

  changed(name) {
    super.changed(name);
    if (name === "src" && this.hasAttribute("src")) {
      this.image.src = this.getAttribute("src");
    } else if (name === "labels" || name === "label-colors") {
      this.names = this.given || wordsOf(this.getAttribute("labels"));
      this.label = Math.min(this.label, Math.max(0, this.names.length - 1));
      this.showLabels();
      this.draw();
    }
  }

  get labels() {
    return this.built ? [...this.names] : wordsOf(this.getAttribute("labels"));
  }

  set labels(list) {
    this.given = Array.isArray(list) ? list.map((each) => String(each?.label ?? each)) : wordsOf(list);
    this.changed("labels");
  }

  colour(label) {
    const at = Math.max(0, this.names.indexOf(label));
    return wordsOf(this.getAttribute("label-colors"))[at] || colourAt(at);
  }

  showLabels() {
    renew(
      this.labelList,
      this.names.map((name, index) => {
        const swatch = make("span", { class: "swatch" });
        swatch.style.background = this.colour(name);
        const key = index < 9 ? ` (${index + 1})` : "";
        return make("button", { type: "button", "aria-pressed": String(index === this.label), onclick: () => this.takeLabel(index) }, swatch, name + key);
      }),
    );
  }

  takeLabel(index) {
    if (index < this.names.length) {
      this.label = index;
      this.showLabels();
      this.draw();
    }
  }

  loaded() {
    const { naturalWidth: width, naturalHeight: height } = this.image;
    this.overlay.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.cursor = { x: Math.round(width / 2), y: Math.round(height / 2) };
    this.ready();
    this.draw();
    this.check();
  }

  ready() {}

  get size() {
    return { height: this.image.naturalHeight, width: this.image.naturalWidth };
  }

  // A place on the screen in pixels of the image, never outside of it.
  point(event) {
    const box = this.overlay.getBoundingClientRect();
    const within = (part, most) => Math.max(0, Math.min(most, Math.round(part * most)));
    return { x: within((event.clientX - box.left) / box.width, this.size.width), y: within((event.clientY - box.top) / box.height, this.size.height) };
  }

  // Pixels of the image in one of the screen.
  get scale() {
    return this.size.width / (this.overlay.getBoundingClientRect().width || 1);
  }

  // Pixels of the image that a finger or mouse cannot tell apart.
  get near() {
    return (this.byFinger ? 20 : 8) * this.scale;
  }

  listen() {
    let active = null;
    this.overlay.addEventListener("pointerdown", (event) => {
      if (this.moving || event.button || active !== null || !this.size.width || this.matches(":disabled")) {
        return;
      }
      event.preventDefault();
      this.stage.focus({ preventScroll: true });
      active = event.pointerId;
      this.byFinger = event.pointerType === "touch";
      this.overlay.setPointerCapture(active);
      this.press((this.cursor = this.point(event)));
    });
    this.overlay.addEventListener("pointermove", (event) => {
      if (event.pointerId === active) {
        this.drag((this.cursor = this.point(event)));
      } else if (this.open && active === null) {
        this.cursor = this.point(event);
        this.draw();
      }
    });
    const end = (event) => {
      if (event.pointerId === active) {
        active = null;
        this.release((this.cursor = this.point(event)));
      }
    };
    this.overlay.addEventListener("pointerup", end);
    this.overlay.addEventListener("pointercancel", end);
    // after a touch browsers click at its place, on whatever has moved there meanwhile
    this.overlay.addEventListener("touchend", (event) => !this.moving && event.preventDefault());
    this.overlay.addEventListener("dblclick", () => this.finish());
    this.stage.addEventListener("wheel", (event) => {
      if (event.ctrlKey) {
        event.preventDefault();
        this.zoomBy(event.deltaY < 0 ? 1.2 : 1 / 1.2);
      }
    }, { passive: false });
    this.dragToMove();
  }

  dragToMove() {
    this.stage.addEventListener("pointermove", (event) => {
      if (this.moving && event.buttons && event.pointerType === "mouse") {
        this.stage.scrollBy(-event.movementX, -event.movementY);
      }
    });
  }

  move() {
    this.moving = !this.moving;
    this.stage.classList.toggle("moving", this.moving);
    this.mover.setAttribute("aria-pressed", this.moving);
  }

  zoomBy(factor) {
    const { scrollLeft, scrollTop, clientWidth, clientHeight } = this.stage;
    const before = this.zoom;
    this.zoom = factor ? Math.max(1, Math.min(16, this.zoom * factor)) : 1;
    this.picture.style.width = this.zoom * 100 + "%";
    const grown = this.zoom / before;
    // with what is in the middle staying there, also when the stage has grown by it
    this.stage.scrollTo((scrollLeft + clientWidth / 2) * grown - this.stage.clientWidth / 2, (scrollTop + clientHeight / 2) * grown - this.stage.clientHeight / 2);
    this.draw();
  }

  key(event) {
    const control = event.ctrlKey || event.metaKey;
    const key = event.key.toLowerCase();
    const step = { arrowleft: [-1, 0], arrowright: [1, 0], arrowup: [0, -1], arrowdown: [0, 1] }[key];
    const onStage = event.composedPath()[0] === this.stage;
    const acts = {
      "+": () => this.zoomBy(1.5), "-": () => this.zoomBy(1 / 1.5), 0: () => this.zoomBy(0), m: () => this.move(),
      escape: () => this.giveUp(), delete: () => this.removeSelected(), backspace: () => this.removeSelected(),
    };
    let act = control ? { z: () => (event.shiftKey ? this.redo() : this.undo()), y: () => this.redo() }[key] : acts[key];
    if (!control && /^[1-9]$/.test(key)) {
      act = () => this.takeLabel(Number(key) - 1);
    } else if (onStage && step && this.cursor) {
      act = () => this.steer(step, event.shiftKey);
    } else if (onStage && this.cursor && key === " ") {
      act = () => this.place(this.cursor);
    } else if (onStage && this.cursor && key === "enter") {
      act = () => this.finish() || this.place(this.cursor);
    }
    if (act && !this.matches(":disabled")) {
      event.preventDefault();
      act();
    }
  }

  steer([x, y], fine) {
    const by = fine ? 1 : Math.max(1, Math.round(this.size.width / 50 / this.zoom));
    const { width, height } = this.size;
    this.cursor = { x: Math.max(0, Math.min(width, this.cursor.x + x * by)), y: Math.max(0, Math.min(height, this.cursor.y + y * by)) };
    this.byKeys = true;
    this.steered?.();
    this.draw();
    this.say(`${this.cursor.x}, ${this.cursor.y}`);
  }

  // A cross where the keys point at, while they do.
  cross() {
    if (!this.byKeys || !this.cursor) {
      return [];
    }
    const { x, y } = this.cursor;
    const arm = this.scale * 16;
    const path = `M${x - arm} ${y}H${x + arm}M${x} ${y - arm}V${y + arm}`;
    return [["#000", 5], ["#fff", 2]].map(([stroke, width]) => svgOf("path", { d: path, stroke, fill: "none", "stroke-width": width, "vector-effect": "non-scaling-stroke" }));
  }

  say(text) {
    this.status.textContent = text;
  }

  edited() {
    this.complain("");
    this.draw();
    this.check();
    this.tell("input", "change");
  }

  check() {
    this.hold(this.size.width ? this.missing() : "The image is not there, so nothing can be sent.", this.stage);
  }

  missing() {
    return "";
  }

  initial(key) {
    const given = lenient(this.getAttribute("initial-value"), undefined);
    return Array.isArray(given) ? given : given?.[key] || [];
  }
}
