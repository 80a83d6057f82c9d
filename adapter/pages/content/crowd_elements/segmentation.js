// <crowd-semantic-segmentation> and <crowd-instance-segmentation>: areas of colour over the image, sent as a PNG.
// All is filled in whole pixels, so that the PNG has the colours of the labels and no others.

class SegmentationWidget extends DrawingWidget {
  kind = "brush";
  brush = 0;

  start() {
    this.layer = make("canvas");
    this.image.after(this.layer);
    this.layer.style.opacity = ".6";
  }

  buildTools() {
    const kinds = [["Brush", "brush", "b"], ["Eraser", "eraser", "e"], ["Polygon", "polygon", "p"]];
    this.kinds = kinds.map(([text, kind, key]) => this.tool(text, key, () => this.takeTool(kind), { value: kind }));
    this.sizer = make("input", { type: "range", min: "1", max: "100", value: "20" });
    this.tools.append(...this.kinds, make("label", {}, "Size ", this.sizer), this.tool("End polygon", "Enter", () => this.finish()));
    this.takeTool("brush");
  }

  takeTool(kind) {
    this.kind = kind;
    this.open = null;
    this.kinds.forEach((each) => each.setAttribute("aria-pressed", each.value === kind));
  }

  key(event) {
    const found = !event.ctrlKey && !event.metaKey && { b: "brush", e: "eraser", p: "polygon" }[event.key];
    if (found) {
      this.takeTool(found);
    } else {
      super.key(event);
    }
  }

  ready() {
    this.layer.width = this.size.width;
    this.layer.height = this.size.height;
    this.context = this.layer.getContext("2d", { willReadFrequently: true });
    this.context.imageSmoothingEnabled = false;
    const given = lenient(this.getAttribute("initial-value"), undefined);
    this.begin(given);
    if (given?.src) {
      this.base = make("img", { crossorigin: "anonymous" });
      this.base.addEventListener("load", () => this.repaint());
      this.base.addEventListener("error", () => this.say("The earlier work cannot be loaded. Return this HIT, please."));
      this.base.src = given.src;
    }
  }

  get radius() {
    return Math.max(1, Math.round((this.sizer.value * this.size.width) / 1000));
  }

  press(at) {
    this.byKeys = false;
    if (this.kind === "polygon") {
      this.place(at);
      return;
    }
    this.stroke = this.newStroke([at]);
    this.paint(this.stroke);
  }

  newStroke(points) {
    const colour = this.kind === "eraser" ? null : this.colourNow();
    return { kind: this.kind === "polygon" ? "area" : "line", colour, radius: this.radius, points };
  }

  drag(at) {
    if (this.stroke) {
      const last = this.stroke.points[this.stroke.points.length - 1];
      this.stroke.points.push(at);
      this.paint({ ...this.stroke, points: [last, at] });
    }
  }

  release() {
    if (this.stroke) {
      this.add(this.stroke);
      this.stroke = null;
    }
  }

  add(stroke) {
    this.done.push(stroke);
    this.undone = [];
    this.edited();
  }

  // By keys: the space bar sets a dab, or one more corner.
  place(at) {
    if (this.kind !== "polygon") {
      const stroke = this.newStroke([at]);
      this.paint(stroke);
      this.add(stroke);
      return;
    }
    const first = this.open?.[0];
    if (this.open?.length >= 3 && Math.hypot(at.x - first.x, at.y - first.y) <= this.near) {
      this.finish();
    } else {
      this.open = [...(this.open || []), at];
      this.draw();
    }
  }

  finish() {
    if (this.kind !== "polygon" || !(this.open?.length >= 3)) {
      return false;
    }
    const stroke = this.newStroke(this.open);
    this.open = null;
    this.paint(stroke);
    this.add(stroke);
    return true;
  }

  giveUp() {
    this.open = null;
    this.draw();
  }

  removeSelected() {}

  undo() {
    this.swap(this.done, this.undone);
  }

  redo() {
    this.swap(this.undone, this.done);
  }

  // What was done is painted anew: pictures of each state would take too much memory at 20 megapixels.
  swap(from, to) {
    if (from.length) {
      to.push(from.pop());
      this.repaint();
      this.edited();
    }
  }

  repaint() {
    this.context.clearRect(0, 0, this.layer.width, this.layer.height);
    if (this.base?.complete && this.base.naturalWidth) {
      this.context.drawImage(this.base, 0, 0, this.layer.width, this.layer.height);
    }
    this.done.forEach((stroke) => this.paint(stroke));
  }

  paint({ kind, colour, radius, points }) {
    if (!this.context) {
      return;
    }
    this.context.fillStyle = colour || "#000";
    const fill = (x, y, width) => (colour ? this.context.fillRect(x, y, width, 1) : this.context.clearRect(x, y, width, 1));
    (kind === "area" ? fillArea : fillLine)(points, radius, fill);
  }

  draw() {
    const all = this.open && this.byKeys ? [...this.open, this.cursor] : this.open || [];
    const path = all.map((each, index) => `${index ? "L" : "M"}${each.x} ${each.y}`).join("");
    const line = { d: path, fill: "none", stroke: "#fff", "stroke-width": 3, "vector-effect": "non-scaling-stroke" };
    this.overlay.replaceChildren(...(path ? [svgOf("path", line)] : []), ...this.cross());
  }

  // Which of these colours are on the picture.
  used(colours) {
    const wanted = new Map(colours.map((each) => [parseInt(each.slice(1), 16), each]));
    const found = new Set();
    const { width, height } = this.layer;
    for (let top = 0; top < height && found.size < wanted.size; top += 256) {
      const { data } = this.context.getImageData(0, top, width, Math.min(256, height - top));
      for (let at = 0; at < data.length; at += 4) {
        const colour = data[at + 3] ? wanted.get((data[at] << 16) | (data[at + 1] << 8) | data[at + 2]) : undefined;
        if (colour) {
          found.add(colour);
        }
      }
    }
    return found;
  }

  missing() {
    const given = lenient(this.getAttribute("initial-value"), undefined);
    return given?.src && !this.base?.complete ? "The earlier work is not loaded yet." : "";
  }

  answer() {
    if (!this.context) {
      return undefined;
    }
    const adjusted = this.hasAttribute("initial-value") ? { initialValueModified: this.done.length > 0 } : {};
    const labeledImage = { pngImageData: this.layer.toDataURL("image/png").replace(/^[^,]*,/, "") };
    return { ...this.parts(), ...adjusted, inputImageProperties: this.size, labeledImage };
  }

  formResetCallback() {
    this.done = [];
    this.undone = [];
    this.giveUp();
    this.ready();
    this.edited();
  }
}

// A stroke of a round brush.
function fillLine(points, radius, fill) {
  const disc = (x, y) => {
    for (let row = -radius; row <= radius; row++) {
      const half = Math.floor(Math.sqrt(radius * radius - row * row));
      fill(Math.round(x) - half, Math.round(y) + row, 2 * half + 1);
    }
  };
  disc(points[0].x, points[0].y);
  points.slice(1).forEach((end, index) => {
    const begin = points[index];
    const steps = Math.ceil(Math.hypot(end.x - begin.x, end.y - begin.y) / Math.max(1, radius / 3));
    for (let step = 1; step <= steps; step++) {
      disc(begin.x + ((end.x - begin.x) * step) / steps, begin.y + ((end.y - begin.y) * step) / steps);
    }
  });
}

// The inside of a polygon, row by row.
function fillArea(points, _radius, fill) {
  const rows = points.map((each) => each.y);
  for (let y = Math.min(...rows); y < Math.max(...rows); y++) {
    const cuts = [];
    points.forEach((a, index) => {
      const b = points[(index + 1) % points.length];
      if (a.y <= y + 0.5 !== b.y <= y + 0.5) {
        cuts.push(a.x + ((y + 0.5 - a.y) * (b.x - a.x)) / (b.y - a.y));
      }
    });
    cuts.sort((one, other) => one - other);
    for (let at = 0; at + 1 < cuts.length; at += 2) {
      const left = Math.round(cuts[at]);
      fill(left, y, Math.round(cuts[at + 1]) - left);
    }
  }
}

DEFINITIONS["crowd-semantic-segmentation"] = class extends SegmentationWidget {
  begin(given) {
    this.mapped = Object.fromEntries(Object.entries(given?.labelMappings || {}).map(([label, each]) => [label, each.color]));
    this.showLabels();
  }

  colour(label) {
    return this.mapped?.[label] || super.colour(label);
  }

  colourNow() {
    return this.colour(this.names[this.label]).toLowerCase();
  }

  parts() {
    const colours = this.names.map((name) => this.colour(name).toLowerCase());
    const used = this.used(colours);
    return { labelMappings: Object.fromEntries(this.names.map((name, at) => [name, { color: colours[at] }]).filter(([, { color }]) => used.has(color))) };
  }
};

DEFINITIONS["crowd-instance-segmentation"] = class extends SegmentationWidget {
  instances = [];

  begin(given) {
    this.instances = (given?.instances || []).map(({ color, label }) => ({ color: color.toLowerCase(), label }));
    this.instance = undefined;
    this.showInstances();
  }

  buildTools() {
    super.buildTools();
    this.tools.append(this.tool("Add instance", "i", () => this.addInstance()));
  }

  key(event) {
    if (event.key === "i" && !event.ctrlKey) {
      this.addInstance();
    } else {
      super.key(event);
    }
  }

  takeLabel(index) {
    super.takeLabel(index);
    this.instance = this.instances.findLast((each) => each.label === this.names[this.label]);
    this.showInstances();
  }

  // Each has a colour of its own, also those that are painted over.
  addInstance() {
    const taken = this.instances.map((each) => each.color);
    let at = taken.length;
    while (taken.includes(colourAt(at))) {
      at++;
    }
    this.instance = { color: colourAt(at), label: this.names[this.label] };
    this.instances.push(this.instance);
    this.showInstances();
  }

  colourNow() {
    if (!this.instance || this.instance.label !== this.names[this.label]) {
      this.addInstance();
    }
    return this.instance.color;
  }

  showInstances() {
    const choose = (each) => {
      this.label = Math.max(0, this.names.indexOf(each.label));
      this.showLabels();
      this.instance = each;
      this.showInstances();
    };
    renew(
      this.items,
      this.instances.map((each, index) => {
        const swatch = make("span", { class: "swatch" });
        swatch.style.background = each.color;
        return make("li", {}, make("button", { type: "button", "aria-pressed": String(each === this.instance), onclick: () => choose(each) }, swatch, `${each.label} ${index + 1}`));
      }),
    );
  }

  parts() {
    const used = this.used(this.instances.map((each) => each.color));
    return { instances: this.instances.filter((each) => used.has(each.color)).map(({ color, label }) => ({ color, label })) };
  }
};
