"""Lines with places to fill in: jinja2 templates that can run nothing and read nothing.

A line may name a variable, ``{{ role }}``, and choose by one, ``{% if date_given %}``. All else
of jinja2's language is refused before it runs: calls, attributes, filters, loops, imports. So a
file of prompts from a stranger can neither reach the program nor keep it busy; the sandbox is
the second lock on the same door.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jinja2 import Template

LONGEST = 2_000
"""Characters of a template, at most: a line that is spoken is far shorter."""


class TemplateFault(ValueError):
    """What is wrong with a template, and what to do: the end of a sentence about it."""


def check(text: str, variables: Iterable[str]) -> None:
    """Raise TemplateFault unless *text* can be filled in with *variables*.

    >>> check("We need {{ skill }}.", ["role"])
    Traceback (most recent call last):
    voicecoach.templates.TemplateFault: names the variable 'skill', which there is not. Take one \
of: role.
    """
    from jinja2 import meta

    known = sorted(variables)
    for name in sorted(meta.find_undeclared_variables(_parsed(text)) - set(known)):
        raise TemplateFault(
            f"names the variable '{name}', which there is not. Take one of: {', '.join(known)}."
        )


def render(text: str, values: Mapping[str, object]) -> str:
    """Fill in *text*; blanks and line ends become single blanks. Raises TemplateFault.

    >>> render("{% if name %}{{ name }}, thank{% else %}Thank{% endif %} you.", {"name": ""})
    'Thank you.'
    """
    from jinja2 import TemplateError

    if "{" not in text:
        return " ".join(text.split())
    try:
        return " ".join(_template(text).render(values).split())
    except TemplateError as error:
        raise TemplateFault(f"cannot be filled in: {error}. Mend it.") from error


def _parsed(text: str):  # type: ignore[no-untyped-def]
    """The syntax tree of *text*, if it holds nothing but names and choices."""
    from jinja2 import TemplateSyntaxError, nodes

    allowed = (
        *(nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const, nodes.If),
        *(nodes.Not, nodes.And, nodes.Or, nodes.Compare, nodes.Operand),
    )
    if len(text) > LONGEST:
        raise TemplateFault(f"is longer than {LONGEST} characters. Make it shorter.")
    try:
        tree = _environment().parse(text)
    except TemplateSyntaxError as error:
        raise TemplateFault(f"is no template: {error.message}. Mend it.") from error
    except RecursionError as error:
        raise TemplateFault("is nested too deep. Make it simpler.") from error
    for node in tree.find_all(nodes.Node):
        if isinstance(node, nodes.Name) and node.name == "self":
            raise TemplateFault("names 'self', which is jinja2's own. Take another name.")
        if not isinstance(node, allowed):
            raise TemplateFault(
                f"uses {type(node).__name__.lower()}, which a line may not. "
                "Only {{ name }} and {% if name %} are filled in."
            )
    return tree


@cache
def _environment():  # type: ignore[no-untyped-def]
    from jinja2 import StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False)
    environment.globals.clear()
    environment.filters.clear()
    return environment


@cache
def _template(text: str) -> Template:
    template: Template = _environment().from_string(_parsed(text))
    return template
