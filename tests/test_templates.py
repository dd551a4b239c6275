"""A line is filled in with what is known, and a stranger's file runs nothing and reads nothing."""

import pytest

from voicecoach import templates
from voicecoach.templates import TemplateFault


def test_a_line_is_filled_in_and_chooses():
    line = "{% if name and not cold %}{{ name }}, y{% else %}Y{% endif %}ou\n  start {{ day }}."
    assert templates.render(line, {"name": "Ann", "cold": False, "day": "now"}) == (
        "Ann, you start now."
    )
    assert templates.render(line, {"name": "", "cold": False, "day": "now"}) == "You start now."


@pytest.mark.parametrize(
    "line",
    [
        "{{ role.__class__.__mro__ }}",
        "{{ role['__class__'] }}",
        "{{ ''.__class__.__base__.__subclasses__() }}",
        "{{ role.upper() }}",
        "{{ range(9) }}",
        "{{ role | attr('upper') }}",
        "{{ role | upper }}",
        "{{ 'a' * 999999999 }}",
        "{{ 9 ** 9 ** 9 }}",
        "{{ role ~ role }}",
        "{{ [role] }}",
        "{% for x in role %}{{ x }}{% endfor %}",
        "{% set role = 'x' %}",
        "{% include '/etc/passwd' %}",
        "{% import 'os' as os %}",
        "{% extends 'x' %}",
        "{% macro f() %}{% endmacro %}",
        "{% call f() %}{% endcall %}",
        "{% raw %}x{% endraw %}{{ self.body() }}",
        "{% block x %}{% endblock %}",
        "{{ self }}",
        "{{ cycler }}",
        "{{ lipsum }}",
        "{{ unknown }}",
        "{{ role",
        "{% if role %}",
        "{% do role %}",
        "x" * 3000,
        "{% if role %}" * 150,
        "{{ " + "(" * 600 + "role" + ")" * 600 + " }}",
    ],
)
def test_nothing_else_is_let_in(line):
    """Neither by the check nor, where that was left out, by what fills it in."""
    with pytest.raises(TemplateFault, match=r"\.$"):
        templates.check(line, ["role"])
    if "{" in line:
        with pytest.raises(TemplateFault):
            templates.render(line, {"role": "nurse"})


def test_what_is_filled_in_is_no_template_itself():
    assert templates.render("{{ role }}", {"role": "{{ 7 }} {% x"}) == "{{ 7 }} {% x"
