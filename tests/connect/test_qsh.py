"""The query hash: published answers, the rules one by one, and what must hold for any request."""

from __future__ import annotations

import random
from urllib.parse import parse_qsl, quote, quote_plus

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from plugin.sites.connect.qsh import Target, acceptable_hashes, canonical_request, query_hash


@pytest.mark.parametrize(
    ("path", "query", "published"),
    [
        ("/", "", "c88caad15a1c1a90"),
        ("/path", "", "799be84a7fa35570"),
        ("/path/to/service", "b=3&A=2&a=1&B=4", "70282c7cf82834bd"),
    ],
)
def test_published_hashes_are_reproduced(path: str, query: str, published: str) -> None:
    assert query_hash("GET", path, query).startswith(published)


@pytest.mark.parametrize(
    ("method", "path", "query", "expected"),
    [
        ("get", "/test", "", "GET&/test&"),
        ("GET", "", "", "GET&/&"),
        ("GET", "test", "", "GET&/test&"),
        ("GET", "/test/", "", "GET&/test&"),
        ("GET", "/a&b/c", "", "GET&/a%26b/c&"),
        ("GET", "/a+b;c=d", "", "GET&/a+b;c=d&"),
        ("GET", "/test", "title=1+%2B+1+equals+3", "GET&/test&title=1%20%2B%201%20equals%203"),
        ("GET", "/test", "query=connect*", "GET&/test&query=connect%2A"),
        ("GET", "/test", "eta=in+~3+days", "GET&/test&eta=in%20~3%20days"),
        ("GET", "/test", "notmuch", "GET&/test&notmuch="),
        ("GET", "/test", "ids=10,2,20,1", "GET&/test&ids=10%2C2%2C20%2C1"),
        ("GET", "/test", "ids=.1&ids=%3A1&ids=%3A2&ids=.2", "GET&/test&ids=.1,.2,%3A1,%3A2"),
        ("GET", "/test", "ids=1&ids=10&ids=-1&ids=20&ids=2", "GET&/test&ids=-1,1,10,2,20"),
        ("GET", "/test", "c=&c=+&c=%2B&c=%2520", "GET&/test&c=,%20,%2520,%2B"),
        ("GET", "/test", "b=b&a=a&B=B&A=A", "GET&/test&A=A&B=B&a=a&b=b"),
        ("GET", "/test", "a10=1&a1=2", "GET&/test&a1=2&a10=1"),
        ("GET", "/test", "jwt=secret&jwt2=kept&JWT=kept", "GET&/test&JWT=kept&jwt2=kept"),
        ("GET", "/test", "director=%E5%AE%AE", "GET&/test&director=%E5%AE%AE"),
    ],
)
def test_the_canonical_request_follows_the_contract(method: str, path: str, query: str, expected: str) -> None:
    assert canonical_request(method, path, query) == expected


@pytest.mark.parametrize("path", ["/app/connect/panel", "/connect/panel"])
def test_the_path_of_our_base_url_is_left_out_whether_or_not_a_proxy_removed_it(path: str) -> None:
    assert canonical_request("GET", path, "", "/app") == "GET&/connect/panel&"


def test_only_whole_segments_of_the_base_path_are_left_out() -> None:
    assert canonical_request("GET", "/application", "", "/app") == "GET&/application&"
    assert canonical_request("GET", "/app", "", "/app") == "GET&/&"


def test_an_escaped_path_may_be_hashed_as_sent_or_decoded() -> None:
    target = Target("GET", "/panel/a%20b?x=1", "/panel/a b", "x=1")
    assert acceptable_hashes(target, "") == (
        query_hash("GET", "/panel/a%20b", "x=1"),
        query_hash("GET", "/panel/a b", "x=1"),
    )


def test_a_plain_path_has_one_hash_even_when_the_target_is_absolute() -> None:
    target = Target("GET", "http://app.example/panel?x=1", "/panel", "x=1")
    assert acceptable_hashes(target, "") == (query_hash("GET", "/panel", "x=1"),)


def test_bytes_that_are_no_text_are_told_apart() -> None:
    hashes = {query_hash("GET", "/", query) for query in ("a=%FF", "a=%FE", "a=%EF%BF%BD")}
    assert len(hashes) == 3


PARAMETERS = st.lists(st.tuples(st.text(max_size=8), st.text(max_size=8)), max_size=6)
PATHS = st.lists(st.text(alphabet="abAB09._-", min_size=1, max_size=6), max_size=4).map(
    lambda segments: "/" + "/".join(segments)
)


def written(parameters: list[tuple[str, str]], encode: object = quote_plus) -> str:
    assert callable(encode)
    return "&".join(f"{encode(name)}={encode(value)}" for name, value in parameters)


def kept(parameters: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return sorted(pair for pair in parameters if pair[0] != "jwt")


@given(PATHS, PARAMETERS, st.randoms())
def test_the_order_of_parameters_and_the_way_they_are_escaped_do_not_matter(
    path: str, parameters: list[tuple[str, str]], chance: random.Random
) -> None:
    shuffled = parameters[:]
    chance.shuffle(shuffled)
    assert query_hash("GET", path, written(parameters)) == query_hash("get", path, written(shuffled, quote))


@given(PATHS, PARAMETERS, PARAMETERS)
def test_other_parameters_give_another_hash(
    path: str, some: list[tuple[str, str]], others: list[tuple[str, str]]
) -> None:
    assume(kept(some) != kept(others))
    assert query_hash("GET", path, written(some)) != query_hash("GET", path, written(others))


@given(PATHS, PATHS, PARAMETERS)
def test_another_path_gives_another_hash(path: str, other: str, parameters: list[tuple[str, str]]) -> None:
    assume(path != other)
    query = written(parameters)
    assert query_hash("GET", path, query) != query_hash("GET", other, query)


@given(PATHS, PARAMETERS, st.text(max_size=20))
def test_the_token_is_not_part_of_what_it_signs(path: str, parameters: list[tuple[str, str]], token: str) -> None:
    signed = written([*parameters, ("jwt", token)])
    assert query_hash("GET", path, signed) == query_hash("GET", path, written(kept(parameters)))


@given(st.text(), st.text())
def test_any_path_and_query_has_a_hash(path: str, query: str) -> None:
    path = path.encode("utf-8", "replace").decode()
    assert len(query_hash("GET", path, query.encode("utf-8", "replace").decode())) == 64


@given(PARAMETERS)
def test_the_canonical_query_reads_back_as_the_same_parameters(parameters: list[tuple[str, str]]) -> None:
    query = canonical_request("GET", "/", written(parameters)).split("&", 2)[2]
    names = [name for name, _ in parse_qsl(query, keep_blank_values=True)]
    assert names == sorted(names, key=lambda name: quote(name, safe=""))
    assert set(names) == {name for name, _ in kept(parameters)}
