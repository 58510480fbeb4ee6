from __future__ import annotations

from typing import Any

import pytest

from plugin.jira import adf


def test_a_document_reads_as_people_read_it() -> None:
    document = adf.doc(
        adf.heading(2, "Lines"),
        adf.paragraph("Net ", adf.strong("30"), ", see ", adf.link("Sage", "https://sage.example/x")),
        adf.bullet_list(["one", adf.em("two")]),
        adf.panel("warning", adf.paragraph(adf.code("E1"))),
        adf.table(["GL account", "Amount"], [["6000", "12,109.00"]], numbers=[1]),
    )
    assert adf.to_text(document) == "Lines\nNet 30, see Sage\none\ntwo\nE1\nGL account\tAmount\n6000\t12,109.00"


def test_number_columns_are_aligned_to_the_right_in_head_and_body() -> None:
    table = adf.table(["Account", "Amount"], [["6000", "1.00"]], numbers=[1])
    for row in table["content"]:
        left, right = (cell["content"][0] for cell in row["content"])
        assert "marks" not in left
        assert right["marks"] == [{"type": "alignment", "attrs": {"align": "end"}}]
    assert [cell["type"] for cell in table["content"][0]["content"]] == ["tableHeader", "tableHeader"]


def test_empty_text_leaves_no_node_that_jira_would_refuse() -> None:
    assert adf.paragraph("", "a")["content"] == [{"type": "text", "text": "a"}]
    assert adf.paragraph("")["content"] == []


def test_control_characters_are_left_out() -> None:
    assert adf.text("a\x00b\x1bc\ud800")["text"] == "abc"


@pytest.mark.parametrize("address", ["javascript:alert(1)", "data:text/html,x", "/relative", "https://a b"])
def test_a_link_that_is_no_web_address_is_only_text(address: str) -> None:
    assert adf.link("words", address) == {"type": "text", "text": "words"}


def test_a_panel_of_an_unknown_kind_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="loud"):
        adf.panel("loud", adf.paragraph("x"))


def more(count: int) -> str:
    return f"{count} more lines are in the invoice panel."


def rows_of(document: dict[str, Any]) -> int:
    return len(document["content"][1]["content"]) - 1


def test_a_table_of_hundreds_of_lines_is_cut_and_says_how_many_are_left_out() -> None:
    rows = [[str(number), f"Building consultancy {number}", "12,109.00"] for number in range(600)]
    document = adf.doc_with_table([adf.paragraph("Lines")], ["No", "Text", "Amount"], rows, [2], more)
    shown = rows_of(document)
    assert adf.length(document) <= adf.LARGEST
    assert adf.length(document) > adf.LARGEST - 1000
    assert adf.to_text(document).endswith(f"\n{more(600 - shown)}")


def test_a_table_that_fits_is_whole() -> None:
    rows = [["1", "a"], ["2", "b"]]
    document = adf.doc_with_table([adf.paragraph("Lines")], ["No", "Text"], rows, [], more)
    assert rows_of(document) == 2
    assert len(document["content"]) == 2


def test_without_lines_there_is_no_table() -> None:
    assert adf.doc_with_table([adf.paragraph("x")], ["No"], [], [], more) == adf.doc(adf.paragraph("x"))
