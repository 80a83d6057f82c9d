// The parts of pages that have no script of their own, and the moment at which the elements come to life.

const PARTS = ["crowd-slider-label"];

// Instructions outside of the elements that have a place for them.
class Region extends CrowdElement {
  build() {
    const title = this.getAttribute("header");
    const alone = !(this.parentElement instanceof CrowdElement && this.parentElement.constructor.regions.includes(this.localName));
    this.shadowRoot.append(make("style", {}, ":host{margin:.5rem 0}"), ...(alone && title ? [make("h3", {}, title)] : []), make("slot"));
  }
}
DEFINITIONS["short-instructions"] = class extends Region {};
DEFINITIONS["full-instructions"] = class extends Region {};

function startAll() {
  const style = "classification-target,worker-comment,short-summary,detailed-instructions,positive-example,negative-example{display:block}crowd-form img{max-width:100%}";
  document.head.append(make("style", {}, style));
  // from the inside outwards: a form finds its fields ready
  const last = ["crowd-form"];
  const names = Object.keys(DEFINITIONS).filter((name) => !last.includes(name)).concat(last);
  names.forEach((name) => customElements.define(name, DEFINITIONS[name]));
  document.dispatchEvent(new Event("all-crowd-elements-ready"));
}

if (document.readyState === "loading") {
  document.addEventListener("DOMContentLoaded", startAll);
} else {
  startAll();
}
