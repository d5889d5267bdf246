"""Secrets go, everything else stays: what `redact` takes, what it leaves, and how long it may think."""

from __future__ import annotations

from datetime import date
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remanence.record import redact, redact_json
from remanence.types import Redaction


def token(prefix: str, length: int) -> str:
    """A made-up secret, put together here so that no scanner takes this file for a leak."""
    return prefix + ("aB3dE6gH9jK2mN5pQ8sT1vW4xY7z" * 8)[:length]


SECRETS = {
    "openai key": token("sk-proj-", 48),
    "anthropic key": token("sk-ant-" + "api03-", 60),
    "aws access key": "AKIA" + "IOSFODNN7EXAMPLE",
    "github token": token("ghp_", 36),
    "gitlab token": token("glpat-", 20),
    "slack token": token("xoxb-" + "123456789012-", 24),
    "google key": token("AIza", 35),
    "stripe key": token("sk_" + "live_", 24),
    "npm token": token("npm_", 36),
    "pypi token": token("pypi-" + "AgE", 60),
    "hugging face token": token("hf_", 34),
    "telegram token": token("123456789:" + "AA", 33),
    "sendgrid key": token("SG." + "abcdefghijklmnop12.", 43),
    "json web token": token("eyJ", 20) + "." + token("eyJ", 30) + "." + token("", 43),
    "card number": "4111 1111 1111 1111",
    "identity number": "11010519491231002X",
}
SENTENCES = ("{}", "Here it is: {}.", "我的密匙在这里：{}，别告诉别人", '{{"value": "{}"}}', "export X={}\nls", "<{}>")


@pytest.mark.parametrize("kind", SECRETS)
@pytest.mark.parametrize("sentence", SENTENCES)
def test_a_secret_of_known_shape_is_replaced_whole_by_a_marker(kind, sentence):
    clean, taken = redact(sentence.format(SECRETS[kind]))
    assert clean == sentence.format(f"[redacted: {kind}]")
    assert taken == (Redaction(kind, 1),)


PASSWORDS = [
    ("password=hunter2", "hunter2"),
    ("my password is Tr0ub4dor&3", "Tr0ub4dor&3"),
    ("I changed the password to summer2024", "summer2024"),
    ('{"password": "swordfish", "user": "bob"}', "swordfish"),
    ('{\\"password\\": \\"swordfish\\", \\"user\\": 1}', "swordfish"),
    ("export DB_PASSWORD=correcthorse", "correcthorse"),
    ('password: str = "opensesame"', "opensesame"),
    ("Server=db;Password=s3cr3t;Database=x", "s3cr3t"),
    ("https://example.com/?password=swordfish&user=b", "swordfish"),
    ("postgres://bob:s3cr3t@db.example.com/app", "s3cr3t"),
    ("redis://:s3cr/3t@cache:6379", "s3cr/3t"),
    ("我的银行卡密码是123456，记住", "123456"),
    ("wifi密码：hello2024你试试", "hello2024"),
    ("密码改成了“qwer1234”", "qwer1234"),
    ("api_key = 3f2b9d7c1e4a4f6b8d0c", "3f2b9d7c1e4a4f6b8d0c"),
    ("Authorization: Basic Ym9iOnNlY3JldA==", "Ym9iOnNlY3JldA=="),
    ("curl -u bob:hunter2 https://example.com", "hunter2"),
    ("aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCY" + "EXAMPLEKEY", "wJalrXUtnFEMI"),
    ("Bearer 9f8a7b6c5d4e3f2a1b0c9d8e", "9f8a7b6c5d4e3f2a1b0c9d8e"),
    ("her SSN is 123-45-6789", "123-45-6789"),
]


@pytest.mark.parametrize(("text", "secret"), PASSWORDS)
def test_a_password_or_key_is_known_by_the_word_before_it(text, secret):
    clean, taken = redact(text)
    assert secret not in clean
    assert "[redacted: " in clean
    assert sum(redaction.count for redaction in taken) == 1


INNOCENT = [
    "The password is stored in the vault and the token of my appreciation is enclosed.",
    "A password is at least 8-16 characters; my password is wrong!",
    "connect(user=user, password=password)",
    "password = getpass.getpass()",
    "password: str | None = None",
    "password=os.environ['DB_PASSWORD']",
    "password: ${DB_PASSWORD}",
    "PASSWORD=<your password here>",
    '{"type": "password", "password": "Enter your password"}',
    "密码是SHA256加密的，密码是8-16位字符，忘记密码怎么办？",
    "export PWD=/home/bob2/src",
    "secret: kubernetes-tls-cert-prod",
    "token = tokenizer.encode_plus(text1234567890)",
    "max_tokens=128000, token_type_ids=[0, 0, 1]",
    "the bearer of bad news came; Basic instinct",
    "git show 3f786850e387550fdab836ed7e6dc881de23001b",
    "id 550e8400-e29b-41d4-a716-446655440000",
    "call +1 415-555-2671 or 13812345678 or 010-62770334",
    "ISBN 978-3-16-148410-0, ISBN 9783161484100",
    "at 2026-03-02T18:00:00.123456+00:00, epoch 1772474400123, 1772474400123456789",
    "order 4111111111111111 has shipped; 订单号4111111111111111",
    "pi is 3.1415926535897932384626 and 0.4111111111111111",
    "years 2001 2002 2003 2004 2005 2006, columns 4111 1111 1111 1111 2222 3333",
    "4111 1111 1111 1112 fails its check digit, 110105194912310021 too",
    '<div class="sk-folding-cube-animation-container-2 sk-chase-dot-before-it">',
    "http://localhost:8080/@me and http://a.com:80，联系me@x.com, ssh://git@github.com/a/b",
    "user@example.com:~/src, a:b@c, https://example.com/a:b@c",
    "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
    "A PEM file starts with -----BEGIN PRIVATE KEY----- and that is all.",
    "START = '-----BEGIN OPENSSH PRIVATE KEY-----'\nEND = '-----END OPENSSH PRIVATE KEY-----'",
    'headers = {"Authorization": "Bearer hf_***"}; password = ":****"',
    "pip/_vendor/version.py,sha256=qaN-fw_htIgKUVXoAuAEVgKxQu3tZ9qE2eiKkWIS7LA,160",
    "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQC7 bob@host",
    "我昨天花了4500元买了一个键盘，型号是K380，订单2026030218000012345。",
    "for key, value in secrets.items(): print(f'{key}={value}')",
]


@pytest.mark.parametrize("text", INNOCENT)
def test_what_is_no_secret_stays_as_it_is(text):
    assert redact(text) == (text, ())


BODY = "\n".join(["MIIEowIBAAKCAQEA1c7+9z5Pad7OejecsQ0buJZ6qTqYfQ3v1Q2w3E4r5T6y7U8i"] * 3)


@pytest.mark.parametrize(
    "text",
    [
        f"-----BEGIN RSA PRIVATE KEY-----\n{BODY}\nshort==\n-----END RSA PRIVATE KEY-----",
        f"-----BEGIN OPENSSH PRIVATE KEY-----\n{BODY}",
        f"-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES\n\n{BODY}\nq9==",
        "-----BEGIN PRIVATE KEY-----\\n" + BODY.replace("\n", "\\n") + "\\n-----END PRIVATE KEY-----\\n",
        f"{BODY}\nq9==\n-----END PRIVATE KEY-----",
    ],
    ids=["whole", "end missing", "encrypted, end missing", "escaped in JSON", "beginning missing"],
)
def test_a_private_key_goes_also_when_part_of_it_is_missing(text):
    clean, taken = redact(f"Look:\n{text}\nIs it safe?")
    assert "MIIE" not in clean
    assert "q9" not in clean
    assert clean.startswith("Look:\n")
    assert clean.endswith("Is it safe?")
    assert taken == (Redaction("private key", 1),)


def test_card_numbers_are_found_beside_their_expiry_date_and_in_every_usual_grouping():
    for number in ("4111111111111111", "5555-5555-5555-4444", "3782 822463 10005", "6222021234567890128", "6011 1111 1111 1117"):
        clean, taken = redact(f"{number} 12/27 123")
        assert clean == "[redacted: card number] 12/27 123"
        assert taken == (Redaction("card number", 1),)


def test_a_year_before_a_card_number_does_not_hide_it():
    assert redact("2026 4111111111111111")[0] == "2026 [redacted: card number]"
    assert redact("card 4111 1111 1111 1111 2027")[0] == "card [redacted: card number] 2027"


def test_overlapping_finds_are_taken_once_under_the_more_telling_name():
    clean, taken = redact(f"OPENAI_API_KEY={SECRETS['openai key']}!tail password={SECRETS['github token']}$$x")
    assert clean == "OPENAI_API_KEY=[redacted: openai key] password=[redacted: github token]"
    assert [redaction.kind for redaction in taken] == ["openai key", "github token"]


def test_json_is_cleaned_in_strings_numbers_and_keys_with_names_as_context():
    value = {
        "password": "swordfish",
        "label": "swordfish",
        "api_key": "3f2b9d7c1e4a4f6b8d0c",
        "card": 4111111111111111,
        "deep": [{"note": f"use {SECRETS['github token']}"}],
        SECRETS["npm token"]: 1,
        "n": 12345678901234,
        "ok": [True, None, 1.5],
    }
    clean, taken = redact_json(value)
    assert clean == {
        "password": "[redacted: password]",
        "label": "swordfish",
        "api_key": "[redacted: secret]",
        "card": "[redacted: card number]",
        "deep": [{"note": "use [redacted: github token]"}],
        "[redacted: npm token]": 1,
        "n": 12345678901234,
        "ok": [True, None, 1.5],
    }
    assert sum(redaction.count for redaction in taken) == 5
    assert redact_json(clean) == (clean, ())


ENGLISH = "the moved to Lisbon token key secret password pass is was my order phone card def return x1"
CHINESE = "我 的 密码 搬到 了 里斯本 ， 。 昨天"
SIGNS = "= : , . ; ( ) 2026-03-02 12:30 foo_bar() a.b.c https://example.com/a?b=1 bob@example.com"
WORDS = st.sampled_from(f"{ENGLISH} {CHINESE} {SIGNS}".split())
PLAIN_WORDS = WORDS.filter(lambda word: word not in {"password", "密码", "pass", "secret", "token", "key", "card"})
ordinary = st.lists(PLAIN_WORDS, max_size=40).map(" ".join)
identifiers = st.one_of(
    st.uuids().map(str),
    st.uuids().map(lambda u: u.hex + "0123abcd"),
    st.dates(date(1990, 1, 1)).map(date.isoformat),
    st.integers(0, 10**11 - 1).map(str),
    st.integers(10**9, 2 * 10**9).map(lambda n: f"{n}.{n % 1000:03}"),
    st.from_regex(r"\+?[0-9]{2,3}[ -][0-9]{3}[ -][0-9]{4}", fullmatch=True),
)


@given(ordinary, identifiers, ordinary)
def test_ordinary_text_with_hashes_uuids_dates_and_numbers_is_never_changed(before, name, after):
    text = f"{before} 「{name}」 {after}"
    assert redact(text) == (text, ())


pieces = st.one_of(
    WORDS,
    identifiers,
    st.sampled_from([*SECRETS.values(), *(text for text, _ in PASSWORDS), "[redacted: card number]", '"', "'", "\n", "@", "://", "-----"]),
    st.text(max_size=8),
)


@given(st.lists(pieces, max_size=12), st.sampled_from(["", " ", "\n"]))
def test_redacting_again_changes_nothing(parts, joint):
    clean, _ = redact(joint.join(parts))
    assert redact(clean) == (clean, ())


# The words around a card number have a say ("order 4111…"), so any text will not do for it.
@given(st.text(), st.sampled_from(sorted(set(SECRETS) - {"card number"})), st.text())
def test_a_secret_set_apart_in_any_text_is_never_shown(before, kind, after):
    clean, _ = redact(f"{before}\n{SECRETS[kind]}\n{after}")
    assert SECRETS[kind] not in clean


ADVERSARIAL = [
    *("password=", "password='password=", 'password="\\"', "://a:b", "-eyJaaaaaaaa", "eyJ.", "-----BEGIN PRIVATE KEY-----\n"),
    *("-----BEGIN A A A ", "A" * 64 + "\n", "aws secret key ", "AKIA" + "A" * 16 + " " * 50, "4 ", "4111 ", "1-", "sk-aaaa-"),
    *("token=" + "a" * 17 + "(", "authorization: bearer ", "password=a,a,a,", "curl -u a:", "password=[redacted: x]", "密码是"),
]


def cpu_seconds(text: str) -> float:
    started = process_time()
    redact(text)
    return process_time() - started


@pytest.mark.parametrize("unit", ADVERSARIAL, ids=repr)
def test_a_megabyte_of_anything_takes_less_than_a_second(unit):
    text = unit * (1_000_000 // len(unit))
    assert min(cpu_seconds(text), cpu_seconds(text)) < 1.0
