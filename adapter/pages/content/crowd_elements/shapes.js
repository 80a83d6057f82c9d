// <crowd-bounding-box>, -keypoint, -line, -polyline and -polygon: shapes made of points, over the image.

class ShapeWidget extends DrawingWidget {
  // `least` and `most` points; `key` is the list's name in the answer.
  static least = 2;
  static most = 2;
  static closed = false;

  start() {
    const { written } = this.constructor;
    this.shapes = this.initial(this.constructor.key).map((each) => ({ label: String(each.label), points: this.constructor.read(each) })).filter((each) => this.labels.includes(each.label) || !this.hasAttribute("labels"));
    this.atFirst = JSON.stringify(this.shapes.map(written));
  }

  buildTools() {
    this.ender = this.tool("End shape", "Enter", () => this.finish(), { hidden: this.constructor.most <= 2 });
    this.tools.append(this.ender, this.tool("Delete selected", "Delete", () => this.removeSelected()));
  }

  // Before each change, so that it can be taken back.
  remember() {
    this.done.push(JSON.stringify(this.shapes));
    this.undone = [];
  }

  undo() {
    if (this.open?.length > 1) {
      this.undonePoints = [...(this.undonePoints || []), this.open.pop()];
      this.draw();
    } else if (this.open) {
      this.giveUp();
    } else {
      this.swap(this.done, this.undone);
    }
  }

  redo() {
    if (this.open && this.undonePoints?.length) {
      this.open.push(this.undonePoints.pop());
      this.draw();
    } else {
      this.swap(this.undone, this.done);
    }
  }

  swap(from, to) {
    if (from.length) {
      to.push(JSON.stringify(this.shapes));
      this.shapes = JSON.parse(from.pop());
      this.selected = undefined;
      this.edited();
    }
  }

  press(at) {
    this.byKeys = false;
    this.held = this.open ? null : this.grip(at);
    if (this.held) {
      this.select(this.held.shape);
      this.from = at;
      this.before = JSON.stringify(this.shapes);
      return;
    }
    this.started = !this.open;
    this.place(at);
  }

  // A point of the selected shape, else a shape by its border.
  grip(at) {
    const reach = this.near;
    const far = (a, b) => Math.hypot(a.x - b.x, a.y - b.y);
    const chosen = this.shapes[this.selected];
    const points = chosen ? this.handles(chosen) : [];
    const point = points.findIndex((each) => far(each, at) <= reach);
    if (point >= 0) {
      return { shape: this.selected, point };
    }
    const shape = this.shapes.findLastIndex((each) => this.outline(each).some(([a, b]) => distance(at, a, b) <= reach));
    return shape >= 0 ? { shape } : null;
  }

  handles(shape) {
    return shape.points;
  }

  // The pieces of a shape's border.
  outline(shape) {
    const points = this.corners(shape.points);
    const ends = this.constructor.closed ? [...points.slice(1), points[0]] : points.slice(1);
    return points.length === 1 ? [[points[0], points[0]]] : ends.map((end, index) => [points[index], end]);
  }

  corners(points) {
    return points;
  }

  drag(at) {
    if (this.held) {
      const shape = this.shapes[this.held.shape];
      const by = this.bounded(shape.points, at.x - this.from.x, at.y - this.from.y);
      shape.points = shape.points.map((each, index) => {
        if (this.held.point === index) {
          return { ...at };
        }
        return this.held.point === undefined ? { x: each.x + by.x, y: each.y + by.y } : each;
      });
      this.from = this.held.point === undefined ? { x: this.from.x + by.x, y: this.from.y + by.y } : at;
    }
    this.draw();
  }

  // A shape that is moved stays inside the image as it is.
  bounded(points, x, y) {
    const cut = (by, all, most) => Math.max(-Math.min(...all), Math.min(most - Math.max(...all), by));
    return { x: cut(x, points.map((each) => each.x), this.size.width), y: cut(y, points.map((each) => each.y), this.size.height) };
  }

  release(at) {
    if (this.held) {
      const wrong = this.wrong(this.shapes[this.held.shape].points, true);
      this.held = null;
      if (wrong) {
        this.shapes = JSON.parse(this.before);
        this.say(wrong);
        this.draw();
      } else if (JSON.stringify(this.shapes) !== this.before) {
        this.done.push(this.before);
        this.undone = [];
        this.edited();
      }
    } else if (this.started && this.open?.length === 1 && this.constructor.most === 2 && Math.hypot(at.x - this.open[0].x, at.y - this.open[0].y) > this.near) {
      this.place(at);
    }
    this.started = false;
  }

  // One more point of the shape that is being drawn; the last one ends it.
  place(at) {
    if (!this.names.length) {
      this.say("There is no label yet.");
      return;
    }
    const points = this.open || [];
    const last = points[points.length - 1];
    if (this.constructor.closed && points.length >= 3 && Math.hypot(at.x - points[0].x, at.y - points[0].y) <= this.near) {
      this.finish();
      return;
    }
    if (last && last.x === at.x && last.y === at.y) {
      return;
    }
    // a finger taps twice at the end, never quite at the same place
    if (this.byFinger && last && Math.hypot(at.x - last.x, at.y - last.y) <= this.near) {
      this.finish();
      return;
    }
    const next = [...points, { x: at.x, y: at.y }];
    const wrong = this.wrong(next, false);
    if (wrong) {
      this.say(wrong);
      return;
    }
    this.open = next;
    this.undonePoints = [];
    this.selected = undefined;
    if (next.length === this.constructor.most) {
      this.finish();
    } else {
      this.say(`${next.length} point${next.length > 1 ? "s" : ""} set`);
      this.draw();
    }
  }

  wrong() {
    return "";
  }

  // Whether there was a shape to end.
  finish() {
    if (!this.open || this.open.length < this.constructor.least) {
      return false;
    }
    const wrong = this.wrong(this.open, true);
    if (wrong) {
      this.say(wrong);
      return true;
    }
    this.remember();
    this.shapes.push({ label: this.names[this.label], points: this.open });
    this.open = null;
    this.select(this.shapes.length - 1);
    this.say(`${this.names[this.label]} drawn`);
    this.edited();
    return true;
  }

  giveUp() {
    this.open = null;
    this.select(undefined);
  }

  select(index) {
    this.selected = index;
    this.draw();
  }

  removeSelected() {
    if (this.shapes[this.selected]) {
      this.remember();
      this.shapes.splice(this.selected, 1);
      this.selected = undefined;
      this.edited();
    }
  }

  draw() {
    const parts = this.shapes.flatMap((shape, index) => this.picturesOf(shape.points, this.colour(shape.label), index === this.selected, this.constructor.closed));
    if (this.open) {
      const shown = this.constructor.most > 1 && this.cursor ? [...this.open, this.cursor] : this.open;
      parts.push(...this.picturesOf(shown, this.colour(this.names[this.label]), true, false));
    }
    this.overlay.replaceChildren(...parts, ...this.cross());
    renew(
      this.items,
      this.shapes.map((shape, index) => make("li", {}, make("button", { type: "button", "aria-pressed": String(index === this.selected), onclick: () => this.select(index) }, `${index + 1}. ${shape.label}`))),
    );
  }

  picturesOf(points, colour, selected, closed) {
    const all = this.corners(points);
    const path = all.map((each, index) => `${index ? "L" : "M"}${each.x} ${each.y}`).join("") + (closed || all.length > points.length ? "Z" : "");
    const line = { d: path, fill: closed || all.length > points.length ? colour + "33" : "none", stroke: colour, "stroke-width": selected ? 4 : 2, "vector-effect": "non-scaling-stroke" };
    const dots = selected || this.constructor.most === 1 ? points : [];
    const radius = this.scale * 5;
    return [svgOf("path", line), ...dots.map((each) => svgOf("circle", { cx: each.x, cy: each.y, r: radius, fill: colour, stroke: "#fff", "stroke-width": 2, "vector-effect": "non-scaling-stroke" }))];
  }

  answer() {
    const { key, written } = this.constructor;
    const list = this.shapes.map(written);
    const adjusted = this.hasAttribute("initial-value") ? { initialValueModified: JSON.stringify(list) !== this.atFirst } : {};
    return { [key]: list, ...adjusted, inputImageProperties: this.size };
  }

  set value(value) {
    this.shapes = (value?.[this.constructor.key] || []).map((each) => ({ label: String(each.label), points: this.constructor.read(each) }));
    this.edited();
  }

  get value() {
    return this.built ? this.answer() : undefined;
  }

  formResetCallback() {
    this.done = [];
    this.undone = [];
    this.open = null;
    this.start();
    this.edited();
  }

  static read(each) {
    return (each.vertices || []).map(({ x, y }) => ({ x, y }));
  }

  static written({ label, points }) {
    return { label, vertices: points };
  }
}

// How far a point is from a piece of a line.
function distance(at, a, b) {
  const long = (b.x - a.x) ** 2 + (b.y - a.y) ** 2;
  const part = long ? Math.max(0, Math.min(1, ((at.x - a.x) * (b.x - a.x) + (at.y - a.y) * (b.y - a.y)) / long)) : 0;
  return Math.hypot(at.x - a.x - part * (b.x - a.x), at.y - a.y - part * (b.y - a.y));
}

function crosses([a, b], [c, d]) {
  const side = (p, q, r) => Math.sign((q.x - p.x) * (r.y - p.y) - (q.y - p.y) * (r.x - p.x));
  return side(a, b, c) * side(a, b, d) < 0 && side(c, d, a) * side(c, d, b) < 0;
}

DEFINITIONS["crowd-bounding-box"] = class extends ShapeWidget {
  static key = "boundingBoxes";
  static closed = true;

  buildTools() {
    super.buildTools();
    this.nothing = make("input", { type: "checkbox", onchange: () => this.edited() });
    this.work.append(make("label", {}, this.nothing, " Nothing to label"));
  }

  corners(points) {
    const [a, b = a] = points;
    return points.length < 2 ? points : [a, { x: b.x, y: a.y }, b, { x: a.x, y: b.y }];
  }

  wrong(points) {
    const [a, b] = points;
    return b && (a.x === b.x || a.y === b.y) ? "A box needs a width and a height." : "";
  }

  missing() {
    return this.shapes.length || this.nothing.checked ? "" : "Draw a box, or tick “Nothing to label”.";
  }

  draw() {
    super.draw();
    this.nothing.disabled = this.shapes.length > 0;
    this.nothing.checked &&= !this.shapes.length;
  }

  static read({ left, top, width, height }) {
    return [{ x: left, y: top }, { x: left + width, y: top + height }];
  }

  static written({ label, points: [a, b] }) {
    return { height: Math.abs(b.y - a.y), label, left: Math.min(a.x, b.x), top: Math.min(a.y, b.y), width: Math.abs(b.x - a.x) };
  }
};

DEFINITIONS["crowd-keypoint"] = class extends ShapeWidget {
  static key = "keypoints";
  static least = 1;
  static most = 1;

  static read({ x, y }) {
    return [{ x, y }];
  }

  static written({ label, points: [{ x, y }] }) {
    return { label, x, y };
  }
};

DEFINITIONS["crowd-line"] = class extends ShapeWidget {
  static key = "lines";
};

DEFINITIONS["crowd-polyline"] = class extends ShapeWidget {
  static key = "polylines";
  static most = Infinity;
};

DEFINITIONS["crowd-polygon"] = class extends ShapeWidget {
  static key = "polygons";
  static least = 3;
  static most = Infinity;
  static closed = true;

  // Lines of one polygon may not cross.
  wrong(points, whole) {
    const lines = points.slice(1).map((end, index) => [points[index], end]);
    if (whole) {
      lines.push([points[points.length - 1], points[0]]);
    }
    return lines.some((one, index) => lines.slice(0, index).some((other) => crosses(one, other))) ? "Lines of a polygon must not cross." : "";
  }
};
