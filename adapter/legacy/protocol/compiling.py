"""How templates become code: direct Python, because rendering is most of what the gateway adds to a long list.

Jinja2's own code asks of every value whether it is marked up, final, an attribute or an item, and of every function
whether it wants the context. The templates here need none of this: they take items of dicts, call plain functions, and
write text. Measured on lists of 100 rows, this code takes a third of the time.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from jinja2 import nodes
from jinja2.compiler import CodeGenerator, Frame, MacroRef
from jinja2.idtracking import VAR_LOAD_RESOLVE


def content(value: Any) -> str:
    """A value as the text of an element; what is marked up already stays as it is.

    Quotes stay, as in recorded replies: some clients undo only &lt; &gt; &amp;, and no attribute holds a client's text.
    Raises ValueError for None, which must never reach a client as the word "None".
    """
    if type(value) is not str:
        if type(value) is int:
            return str(value)
        if value is None:
            raise ValueError("a template may not write None")
        if hasattr(value, "__html__"):
            marked: str = value.__html__()
            return marked
        value = str(value)
    if "&" in value:
        value = value.replace("&", "&amp;")
    if "<" in value:
        value = value.replace("<", "&lt;")
    if ">" in value:
        value = value.replace(">", "&gt;")
    written: str = value
    return written


def remembering(macro: Callable[[Any], str]) -> Callable[[Any], str]:
    """The macro, which makes nothing anew for a value equal to the last: the rows of a list mostly share what they require."""
    last, made = object(), ""

    def remembered(value: Any) -> str:
        nonlocal last, made
        if value != last:
            made, last = macro(value), value
        return made

    return remembered


#: Functions of the environment that give finished XML, or text that needs no escaping.
XML_FUNCTIONS = frozenset({"el", "stamp", "price", "balance"})


class Compiler(CodeGenerator):
    """Jinja2's compiler with those things done directly that are done for every value.

    A macro is a plain function here: it takes all its arguments, and what it returns is finished XML.
    """

    _xml_functions: frozenset[str] = XML_FUNCTIONS

    def visit_Template(self, node: nodes.Template, frame: Frame | None = None) -> None:  # noqa: N802 - Jinja2's name
        """The module of a template, with the functions of this one at hand."""
        self.writeline(f"from {__name__} import content, remembering")
        macros = {each.name for each in node.find_all(nodes.Macro)}
        imported = {str(name) for each in node.find_all(nodes.FromImport) for name in each.names}
        self._xml_functions = XML_FUNCTIONS | macros | imported
        super().visit_Template(node, frame)

    def macro_body(self, node: nodes.Macro | nodes.CallBlock, frame: Frame) -> tuple[Frame, MacroRef]:
        """A function of the macro's arguments, which finds what it needs of the context when it is made, not row by row."""
        inner = frame.inner()
        inner.symbols.analyze_node(node)
        inner.require_output_check = False
        loads = inner.symbols.loads
        found = [
            f"{target}=resolve({name!r})" for target, (action, name) in loads.items() if action == VAR_LOAD_RESOLVE
        ]
        inner.symbols.loads = {target: load for target, load in loads.items() if load[0] != VAR_LOAD_RESOLVE}
        arguments = [inner.symbols.ref(each.name) for each in node.args]
        self.writeline(f"def macro({', '.join([*arguments, '*', *found] if found else arguments)}):", node)
        self.indent()
        self.buffer(inner)
        self.enter_frame(inner)
        self.blockvisit(node.body, inner)
        self.return_buffer_contents(inner, force_unescaped=True)
        self.leave_frame(inner, with_python_scope=True)
        self.outdent()
        return inner, MacroRef(node)

    def macro_def(self, macro_ref: MacroRef, frame: Frame) -> None:  # noqa: ARG002
        """What the name of a macro stands for."""
        self.write("remembering(macro)" if len(macro_ref.node.args) == 1 else "macro")

    def _is_xml(self, node: nodes.Expr) -> bool:
        called = node.node if isinstance(node, nodes.Call) else None
        return isinstance(called, nodes.Name) and called.name in self._xml_functions

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:  # noqa: ARG002
        self.write("(" if self._is_xml(node) else "content(")

    def _output_child_post(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:  # noqa: ARG002
        self.write(")")

    def visit_Getitem(self, node: nodes.Getitem, frame: Frame) -> None:  # noqa: N802 - Jinja2's name
        """`row["Name"]` is an item and nothing else; KeyError where there is none."""
        self.visit(node.node, frame)
        self.write("[")
        self.visit(node.arg, frame)
        self.write("]")

    def visit_Call(self, node: nodes.Call, frame: Frame, forward_caller: bool = False) -> None:  # noqa: N802 - Jinja2's name
        """A call of a macro, a plain function or a method, with plain arguments."""
        if forward_caller or node.dyn_args is not None or node.dyn_kwargs is not None:
            self.fail("only plain arguments are supported", node.lineno)
        if isinstance(node.node, nodes.Getattr):
            self.visit(node.node.node, frame)
            self.write(f".{node.node.attr}(")
        else:
            self.visit(node.node, frame)
            self.write("(")
        for each in (*node.args, *node.kwargs):
            self.visit(each, frame)
            self.write(", ")
        self.write(")")
