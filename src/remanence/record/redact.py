"""Take secrets out of a text before anything is stored: keys, tokens, passwords, private keys, card and identity numbers.

A secret is replaced whole by a marker such as `[redacted: github token]`. Precision comes first: a token is known by its
published shape, a password by the word before it and the look of its value, a card number by its issuer, its check digit
and its grouping. Whatever merely looks random (hashes, UUIDs, order and phone numbers) stays. All patterns run in linear
time: their repetitions are bounded, possessive, or start where no other match of theirs could have started.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise, zip_longest

from remanence.types import Redaction

Found = tuple[int, int]
Json = bool | int | float | str | list["Json"] | dict[str, "Json"] | None

MARKER = re.compile(r"\[redacted: [a-z ]{1,40}\]")


def redact(text: str) -> tuple[str, tuple[Redaction, ...]]:
    """`text` with every secret replaced by a marker, and what was taken, in order of first appearance.

    Law: redacting again changes nothing. A text without secrets is returned as it is.
    """
    taken: Counter[str] = Counter()
    while spans := _secrets(text):
        text = _replace(text, spans)
        taken.update(kind for _, _, kind in spans)
    return text, tuple(Redaction(kind, count) for kind, count in taken.items())


def redact_json(value: Json) -> tuple[Json, tuple[Redaction, ...]]:
    """A JSON value with the secrets taken out of its strings, numbers and keys; `{"password": …}` counts as context."""
    taken: Counter[str] = Counter()
    clean = _redact_value(value, None, taken)
    return clean, tuple(Redaction(kind, count) for kind, count in taken.items())


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind of secret. `anchors`: lower-case strings one of which must occur before `find` is worth running."""

    kind: str
    anchors: tuple[str, ...]
    find: Callable[[str], Iterable[Found]]


def _shaped(kind: str, anchors: str, pattern: str, keep: Callable[[re.Match[str]], bool] | None = None) -> Rule:
    """A rule from a pattern: its group `secret` (else all of it) is taken where `keep` agrees."""
    group = "secret" if "(?P<secret>" in pattern else 0
    compiled = cache(lambda: re.compile(pattern))  # when first needed: most never are

    def find(text: str) -> Iterator[Found]:
        return (match.span(group) for match in compiled().finditer(text) if keep is None or keep(match))

    return Rule(kind, tuple(anchors.split(" ")), find)


# --- what a value looks like -------------------------------------------------------------------------------------------

SYMBOLS = frozenset("!@#$%^&*+=~?|")
# fmt: off
NOT_A_PASSWORD = frozenset((
    "none", "null", "nil", "true", "false", "undefined", "void", "any", "str", "string", "text", "varchar", "char",
    "secretstr", "bool", "bytes", "number", "integer", "object", "required", "optional", "mandatory", "password",
    "passwd", "passphrase", "passcode", "pwd", "pass", "secret", "token", "hidden", "redacted", "masked", "example",
    "placeholder", "value", "input", "self", "this", "prompt", "unknown", "empty", "default", "type", "name", "field",
    "label", "here", "there", "md5", "sha1", "sha224", "sha256", "sha384", "sha512", "bcrypt", "scrypt", "argon2",
    "argon2id", "pbkdf2", "aes128", "aes256", "base64", "utf8", "utf-8", "oauth2",
))
# fmt: on
PLACEHOLDER = re.compile(r":?\*{3}|<|\$\{|\$\(|\$[A-Za-z_]+$|\{|%\(?\w|%$|\[|(?:[*x.•#_-])+$|(?i:your|my|the)[_-]|\.\.\.|process\.env|os\.")
EXPRESSION = re.compile(r"[A-Za-z_]\w*+(?:\.[A-Za-z_]\w*+)*+(?:[(\[]|->)|[A-Za-z_]\w*+(?:\.[A-Za-z_]\w*+)++$")


def _looks_like_a_password(value: str, is_bold: bool) -> bool:
    """Whether `value`, standing where a password would, is one. Bold places (`PASSWORD=`, `?password=`, quotes) accept
    plain words; elsewhere a digit or a symbol must give it away."""
    bare = value.rstrip(".,;:!?)]}")
    if len(value) < 4 or bare.lower() in NOT_A_PASSWORD or PLACEHOLDER.match(value) or EXPRESSION.match(value):
        return False
    has_sign = any(c.isdigit() or c in SYMBOLS for c in bare)
    return has_sign or (is_bold and len(bare) >= 4 and bare.isascii() and bare.isalpha())


def _looks_random(value: str) -> bool:
    """Whether a stretch of `value` has letters, digits and the disorder of a generated key."""
    if "://" in value or value.startswith(("/", "./", "~/")) or PLACEHOLDER.match(value):
        return False
    return any(_is_disordered(piece) for piece in re.split(r"[-_./]", value) if len(piece) >= 12)


def _is_disordered(piece: str) -> bool:
    letters, digits = sum(map(str.isalpha, piece)), sum(map(str.isdigit, piece))
    if not letters or digits < 2:
        return False
    counts = Counter(piece).values()
    return -sum(n / len(piece) * math.log2(n / len(piece)) for n in counts) >= 2.75


def _has_digit(match: re.Match[str]) -> bool:
    return any(c.isdigit() for c in match[0])


def _is_generated(match: re.Match[str]) -> bool:
    """Tells `sk-` keys from kebab-case names such as `sk-folding-cube-animation`."""
    body = match[0][3:]
    return any(c.isdigit() for c in body) and (any(c.isupper() for c in body) or any(len(run) >= 16 for run in re.split("[-_]", body)))


# --- passwords and keys known by the word before them ------------------------------------------------------------------

IS = r"""(?:
    \\{0,2}["'`]?\]?(?::\s{0,2}(?:str|String|string)\b)?\s{0,4}(?::=|=>|={1,2}|:|：|＝)
  | \s{1,3}(?:is|was|be|to)\b\s?:?
  | \s?(?:就?是|为|為|改成了?|改为了?|设成了?|设为了?|设置为)\s?[:：]?
)\s{0,4}"""
CJK = r"\u2e80-\u9fff\uff00-\uffef\u3000-\u303f“”‘’「」"
UNQUOTED = rf"""(?:[^\s"'`<>;&,{CJK}]|<|[;&,](?!\s|$|[\w.-]{{1,40}}\s?[=:]))++"""
UNIT = r"(?!\s?[位个個字天次年月日号種种])(?!\s(?:char|digit|letter|symbol|byte|day|month|week|hour|minute|time|bit|word|attempt|year))"

PASSWORD = re.compile(
    rf"""(?P<word>(?i:password|passwd|passphrase|passcode|pwd)|(?<=[_-])(?i:pass)|密码|密碼|口令){IS}
    (?!\[redacted:\s)
    (?:(?P<escape>\\{{0,2}})(?P<quote>["'`])(?P<quoted>(?:[^\n"'`\\]++|(?!(?P=escape)(?P=quote))[^\n])++)
      |[“‘「](?P<cited>[^\s”’」]{{1,200}}+)
      |(?P<plain>{UNQUOTED}){UNIT})""",
    re.VERBOSE,
)
KEYWORD = r"""(?:(?i:(?:api|access|secret|private|signing|encryption|account|master|app|service|subscription|storage)
    [\ _-]?key|token|secret|credentials?)(?i:[\ _-]?(?:value|base|key))?|密钥|密鑰|秘钥|令牌)"""
DENSE = "[A-Za-z0-9_+/=.~:%$!@#^*-]"
LONG_RUN = re.compile(rf"(?<!{DENSE}){DENSE}{{16}}")
KEY = re.compile(rf"""{KEYWORD}{IS}\\{{0,2}}["'`“‘「]?(?P<secret>{DENSE}{{16,}}+)(?![(\[])""", re.VERBOSE)


def _passwords(text: str) -> Iterator[Found]:
    for match in PASSWORD.finditer(text):
        group = next(name for name in ("quoted", "cited", "plain") if match[name] is not None)
        value = match[group]
        if match["word"].lower() == "pwd" and value.startswith(("/", "~", ".")):
            continue  # a working directory
        if group != "plain" and " " in value and match["word"].lower() != "passphrase":
            continue  # a label, not a password
        if _looks_like_a_password(value, is_bold=group != "plain" or _is_bold(match, text)):
            yield match.span(group)


def _is_spoken(match: re.Match[str]) -> bool:
    """Whether it stands in an English sentence: `the password is …`."""
    between = match.string[match.end("word") : match.start("plain")]
    return between.strip(" \t\r\n:") in ("is", "was", "be", "to")


def _is_bold(match: re.Match[str], text: str) -> bool:
    """Whether the place says that any word there is the password: `PASSWORD=x`, `?password=x`, `--password=x`, a whole
    line `password=x`, or Chinese `密码是x`."""
    word, start, end = match["word"], match.start(), match.end()
    if _is_spoken(match):
        return False
    if not word.isascii():
        return True
    before = text[max(0, start - 2) : start]
    is_tight = match.end("word") + 1 == match.start("plain") and text[match.end("word")] == "="
    if word.isupper() and "=" in text[match.end("word") : match.start("plain")]:
        return True
    is_line = before[-1:] in ("", "\n") and text[end : end + 1] in ("", "\n", "\r")
    return is_tight and (before[-1:] in ("?", "&", ";") or before == "--" or is_line)


def _keys(text: str) -> Iterator[Found]:
    return (match.span("secret") for match in KEY.finditer(text) if _looks_random(match["secret"]))


# --- private keys ------------------------------------------------------------------------------------------------------

PEM_LINE = re.compile(r"-----(?P<side>BEGIN|END) (?:[A-Z0-9]{1,20} ){0,4}?PRIVATE KEY(?: BLOCK)?-{0,5}")
PEM_BREAK = r"(?:\s|\\n|\\r|[\"'+>#*|,\\])++"
PEM_BODY = re.compile(
    rf"(?:{PEM_BREAK}(?:(?:Proc-Type|DEK-Info|Version|Comment|Hash|Charset): [^\n\\]*+|[A-Za-z0-9+/]{{16,}}+={{0,2}}))*+"
    rf"(?:(?:\n|\\n)[ \t>#*|]*+[A-Za-z0-9+/]{{1,15}}+={{0,2}}(?=[ \t]*+(?:[\r\n\\\"']|\Z)))?"
)
PEM_RUN = re.compile(r"[A-Za-z0-9+/]{24}")
PEM_TAIL_LINE = re.compile(r"[A-Za-z0-9+/]{16,}={0,2}")


def _private_keys(text: str) -> Iterator[Found]:
    """Whole keys; keys whose end is missing, as far as their lines go; and keys whose beginning is missing."""
    lines = list(PEM_LINE.finditer(text))
    seen = 0
    for line, after in zip_longest(lines, lines[1:]):
        if line.start() < seen:
            continue
        if line["side"] == "END":
            start, seen = _start_of_tail(text, seen, line.start()), line.end()
            if start < line.start():
                yield start, seen
            continue
        if after is not None and after["side"] == "END" and PEM_RUN.search(text, line.end(), after.start()):
            seen = after.end()
        else:
            body = PEM_BODY.match(text, line.end(), after.start() if after else len(text))
            seen = body.end() if body else line.end()
            if seen == line.end():
                continue  # only the word for it, in prose
        yield line.start(), seen


def _start_of_tail(text: str, after: int, end: int) -> int:
    """Where the run of key lines that ends at `end` begins."""
    start = end
    lines = text[after:end].splitlines(keepends=True)
    for number, line in enumerate(reversed(lines)):
        stripped = line.strip()
        is_last_line = number == 0 and re.fullmatch(r"[A-Za-z0-9+/]{1,80}={0,2}", stripped)
        if not (PEM_TAIL_LINE.fullmatch(stripped) or is_last_line):
            break
        start -= len(line)
    return start


# --- card and identity numbers -----------------------------------------------------------------------------------------

DIGITS = re.compile(r"[0-9](?:[ \u00a0-]?[0-9]){12}")
NUMBER_RUN = re.compile(r"(?<![A-Za-z0-9_+])(?<![0-9][.,:/])(?<![A-Za-z]-)[0-9](?:[ \u00a0-]?[0-9])*+(?![A-Za-z_]|-[A-Za-z]|\.[0-9])")
GROUPINGS = {(4, 4, 4, 4), (4, 4, 4, 4, 3), (4, 4, 4, 4, 2), (4, 4, 4, 4, 1), (4, 6, 5), (4, 6, 4), (6, 13), (6, 10)}
WIDTHS = {4: (5, 4, 3), 6: (2,), **dict.fromkeys(range(13, 20), (1,))}
ABOUT_CARDS = re.compile(r"card|visa|master|amex|american express|union ?pay|debit|credit|卡|银联")
ABOUT_OTHERS = re.compile(
    r"order|invoice|track|parcel|imei|serial|isbn|sku|ticket|phone|tel\b|mobile|\bid\b|_id\b|uid|uuid|timestamp|订单|单号"
    r"|快递|流水|编号|电话|手机|序列号|发票"
)
IDENTITY = re.compile(
    r"(?<![0-9A-Za-z_.])(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[12])[0-9]{4}(?:18|19|20)[0-9]{2}"
    r"(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{3}[0-9Xx](?![0-9A-Za-z_])"
)
IDENTITY_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def _identity_numbers(text: str) -> Iterator[Found]:
    """Resident identity numbers of the People's Republic of China (GB 11643), by region, birth date and check character."""
    for match in IDENTITY.finditer(text):
        total = sum(int(c) * weight for c, weight in zip(match[0], IDENTITY_WEIGHTS, strict=False))
        if "10X98765432"[total % 11] == match[0][17].upper():
            yield match.span()


def _card_numbers(text: str) -> Iterator[Found]:
    for run in NUMBER_RUN.finditer(text):
        if len(run[0]) < 13:
            continue
        before = text[max(0, run.start() - 24) : run.start()].lower()
        is_about_cards = bool(ABOUT_CARDS.search(before))
        if is_about_cards or not ABOUT_OTHERS.search(before):
            yield from ((run.start() + a, run.start() + b) for a, b in _cards_in(run[0], is_about_cards))


def _cards_in(run: str, is_about_cards: bool) -> Iterator[Found]:
    """Card numbers among the groups of digits of one run, such as `4111 1111 1111 1111 12 26`."""
    groups = [match.span() for match in re.finditer("[0-9]+", run)]
    sizes = [end - start for start, end in groups]
    first = 0
    while first < len(groups):
        # Columns of four-digit numbers are a table, not a card, unless something says otherwise.
        is_inside_table = first > 0 and sizes[first - 1] == 4 and sizes[first] < 13 and not is_about_cards
        for width in () if is_inside_table else WIDTHS.get(sizes[first], ()):
            last = first + width
            if last > len(groups) or (width > 1 and tuple(sizes[first:last]) not in GROUPINGS):
                continue
            start, end = groups[first][0], groups[last - 1][1]
            goes_on = width > 1 and sizes[last : last + 1] == [4] and not is_about_cards
            separators = {run[b:c] for (_, b), (c, _) in pairwise(groups[first:last])}
            is_told = is_about_cards or width > 1
            if len(separators) <= 1 and not goes_on and _is_card(run[start:end], is_told):
                yield start, end
                first = last - 1
                break
        first += 1


def _is_card(written: str, is_told: bool) -> bool:
    """Issuer prefix and length (ISO/IEC 7812) with a Luhn check digit. Rare lengths count only where something besides
    the digits tells a card: the word for it, or the grouping."""
    digits = re.sub("[^0-9]", "", written)
    size, four = len(digits), int(digits[:4])
    usual = (
        (size == 16 and (digits[0] == "4" or 5100 <= four <= 5599 or 2221 <= four <= 2720))
        or (size == 15 and digits[:2] in ("34", "37"))
        or (size == 16 and (four == 6011 or 6440 <= four <= 6599 or 3528 <= four <= 3589))
        or (16 <= size <= 19 and digits[:2] == "62")
    )
    rare = is_told and (
        (size in (13, 19) and digits[0] == "4")
        or (size == 14 and (3000 <= four <= 3059 or digits[:2] in ("36", "38", "39")))
        or (13 <= size <= 19 and digits[:2] in ("50", "56", "57", "58", "60", "63", "67"))
    )
    return (usual or rare) and len(set(digits)) > 1 and _passes_luhn(digits)


def _passes_luhn(digits: str) -> bool:
    doubled = (sum(divmod(2 * int(d), 10)) for d in digits[-2::-2])
    return (sum(int(d) for d in digits[-1::-2]) + sum(doubled)) % 10 == 0


# --- the table: the more telling name first, for where two rules find the same secret -----------------------------------

FREE = "(?<![A-Za-z0-9])"  # no letter or digit may touch a token on its left
ALONE = "(?<![A-Za-z0-9_-])"
TOKEN = "[A-Za-z0-9_-]"

RULES = (
    Rule("private key", ("private key",), _private_keys),
    _shaped(
        "private key",
        "b3blbnnzac1rzxktdje",
        r"b3BlbnNzaC1rZXktdjE[A-Za-z0-9+/=]{20,}+(?:\s++[A-Za-z0-9+/=]{40,}+)*+(?:\n[A-Za-z0-9+/]++=*+)?",
    ),
    _shaped("private key", "private-lines:", r"Private-Lines: [0-9]{1,4}(?P<secret>(?:\s++[A-Za-z0-9+/=]{20,}+)++)"),
    _shaped("private key", "age-secret-key-", r"AGE-SECRET-KEY-1[A-Z0-9]{40,}+"),
    _shaped("anthropic key", "sk-ant-", rf"{FREE}sk-ant-{TOKEN}{{10,}}+"),
    _shaped("openrouter key", "sk-or-", rf"{FREE}sk-or-{TOKEN}{{20,}}+"),
    _shaped("openai key", "sk-", rf"{FREE}sk-{TOKEN}{{20,}}+", _is_generated),
    _shaped(
        "ai service key",
        "gsk_ r8_ xai- pplx- nvapi- fw_ csk-",
        rf"{ALONE}(?:gsk_|r8_|xai-|pplx-|nvapi-|fw_|csk-){TOKEN}{{24,}}+",
        _has_digit,
    ),
    _shaped("aws access key", "akia asia abia acca", rf"{FREE}(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{{16}}(?![A-Za-z0-9])"),
    _shaped(
        "aws secret key",
        "secret aws",
        r"(?i:aws[\w ./-]{0,20}?(?:secret|key)|secret[ _-]?(?:access)?[ _-]?key)"
        r"(?:[ _-](?:access|key|id)){0,2}[\"'`]?\s{0,3}(?:[:=]|=>|\bis\b|是|：|,|\s)"
        r"\s{0,3}[\"'`]?(?P<secret>[A-Za-z0-9/+]{40})(?![A-Za-z0-9/+=])",
    ),
    _shaped(
        "aws secret key",
        "akia asia",
        r"(?:AKIA|ASIA)[A-Z0-9]{16}[^A-Za-z0-9\n][^\n]{0,60}?(?<![A-Za-z0-9/+])(?P<secret>[A-Za-z0-9/+]{40})(?![A-Za-z0-9/+=])",
    ),
    _shaped("alibaba cloud key", "ltai", rf"{FREE}LTAI[A-Za-z0-9]{{12,26}}(?![A-Za-z0-9])", _has_digit),
    _shaped("tencent cloud key", "akid", rf"{FREE}AKID[A-Za-z0-9]{{32}}(?![A-Za-z0-9])"),
    _shaped("github token", "ghp_ gho_ ghu_ ghs_ ghr_", rf"{FREE}gh[pousr]_{TOKEN}{{30,}}+(?:\.{TOKEN}++)*+"),
    _shaped("github token", "github_pat_", rf"{FREE}github_pat_[A-Za-z0-9_]{{30,}}+"),
    _shaped(
        "gitlab token",
        "glpat- gldt- glrt- glptt- glft- glsoat- glcbt- glagent- glimt- gr1348941",
        rf"{FREE}(?:gl(?:pat|dt|rt|ptt|ft|soat|cbt|agent|imt)-|GR1348941){TOKEN}{{16,}}+(?:\.{TOKEN}++)*+",
        _has_digit,
    ),
    _shaped("slack token", "xox xapp-", rf"{FREE}(?:xox[abeoprs](?:\.xox[bp])?|xapp)-[A-Za-z0-9-]{{12,}}+", _has_digit),
    _shaped("webhook", "hooks.slack.com", r"hooks\.slack\.com/(?:services|workflows|triggers)/(?P<secret>[A-Za-z0-9/_-]{20,}+)"),
    _shaped("webhook", "/api/webhooks/", rf"discord(?:app)?\.com/api/webhooks/(?P<secret>[0-9]{{5,20}}/{TOKEN}{{30,}}+)"),
    _shaped("google key", "aiza", rf"{FREE}AIza{TOKEN}{{30,}}+"),
    _shaped("google token", "ya29. gocspx-", rf"{FREE}(?:ya29\.|GOCSPX-){TOKEN}{{20,}}+(?:\.{TOKEN}++)*+"),
    _shaped("stripe key", "_live_ _test_ whsec_", rf"{FREE}(?:[sr]k_(?:live|test)_|whsec_)[A-Za-z0-9+/=_]{{10,}}+", _has_digit),
    _shaped("npm token", "npm_", rf"{FREE}npm_[A-Za-z0-9]{{30,}}+"),
    _shaped("pypi token", "pypi-age", rf"{FREE}pypi-AgE{TOKEN}{{30,}}+"),
    _shaped("hugging face token", "hf_ api_org_", rf"{FREE}(?:hf_|api_org_)[A-Za-z0-9]{{30,}}+"),
    _shaped("telegram token", ":aa", rf"(?<![0-9])[0-9]{{8,10}}:AA{TOKEN}{{30,40}}(?!{TOKEN})"),
    _shaped("sendgrid key", "sg.", rf"{FREE}SG\.{TOKEN}{{16,64}}\.{TOKEN}{{16,}}+"),
    _shaped(
        "access token",
        "dop_v1_ doo_v1_ shpat_ shpss_ shpca_ lin_api_ dckr_pat_ hvs. glsa_ sbp_ ntn_ dapi pscale_ nrak- pmak-",
        rf"{FREE}(?:do[op]_v1_|shp(?:at|ss|ca)_|lin_api_|dckr_pat_|hvs\.|glsa_|sbp_|ntn_|dapi|pscale_(?:tkn|pw|oauth)_|NRAK-|PMAK-){TOKEN}{{20,}}+",
        _has_digit,
    ),
    _shaped("json web token", "eyj", rf"{ALONE}eyJ{TOKEN}{{8,}}+\.{TOKEN}{{8,}}+(?:\.{TOKEN}++)*+"),
    _shaped(
        "authorization header",
        "authorization",
        r"(?i:authorization)[\"']?\s{0,3}[:=]\s{0,3}[\"']?(?i:bearer|basic|token|digest|apikey)\s{1,3}(?!\[redacted:\s)"
        r"(?P<secret>[^\s\"'`,;<>${}]{6,}+)",
        lambda m: "***" not in m["secret"],
    ),
    _shaped(
        "bearer token", "bearer", rf"{FREE}(?i:bearer)\s{{1,3}}(?P<secret>[A-Za-z0-9._~+/=-]{{16,}}+)", lambda m: _looks_random(m["secret"])
    ),
    _shaped(
        "password",
        "://",
        r"://[^\s:@/\"'<>`\[\]]{0,128}+:(?!\[redacted:\s)(?![0-9]{1,5}(?:[^0-9A-Za-z@]|$))"
        r"(?!(?:\$\{|\$\(|<|\{|%[(s]|\*))(?P<secret>(?:[!#-&(-.0-;=?-~]{1,256}|[!#-&(-;=?A-~]{1,256}+))@",
        lambda m: m["secret"].lower() not in NOT_A_PASSWORD,
    ),
    _shaped(
        "password",
        "curl",
        r"\s(?:-u|--user)[ =][\"']?[^\s:\"'$<]{1,64}:(?!\[redacted:\s)(?P<secret>[^\s\"'$<{][^\s\"']{2,})",
        lambda m: not m["secret"].isdigit(),
    ),
    Rule("password", ("passw", "passp", "passc", "pwd", "_pass", "-pass", "密码", "密碼", "口令"), _passwords),
    Rule("secret", ("key", "token", "secret", "credential", "密钥", "密鑰", "秘钥", "令牌"), _keys),
    _shaped(
        "social security number",
        "ssn social",
        r"(?i:\bssn|social security)(?i: number| no\.?)?[ :=#is]{0,6}(?P<secret>[0-9]{3}[- ]?[0-9]{2}[- ]?[0-9]{4})(?![0-9-])",
    ),
)
NUMBER_RULES = (Rule("identity number", (), _identity_numbers), Rule("card number", (), _card_numbers))
SHORT_KINDS = {"private key", "webhook", "authorization header", "password", "social security number"}
SPOKEN_ANCHORS = [anchor for rule in RULES if rule.kind in SHORT_KINDS for anchor in rule.anchors]
RULES_BY_ANCHOR = {anchor: [rule for rule in RULES if anchor in rule.anchors] for rule in RULES for anchor in rule.anchors}
RANK = {rule.kind: rank for rank, rule in reversed(list(enumerate((*RULES, *NUMBER_RULES))))}


def _secrets(text: str) -> list[tuple[int, int, str]]:
    """Where the secrets of `text` lie, in order, disjoint, each with its kind."""
    # Plain substrings settle nearly every text without running a single pattern, and tokens need a long run besides.
    lowered = text.lower()
    anchors = RULES_BY_ANCHOR if LONG_RUN.search(text) else SPOKEN_ANCHORS
    present = [anchor for anchor in anchors if anchor in lowered]
    rules = {rule.find: rule for anchor in present for rule in RULES_BY_ANCHOR[anchor]}.values()
    found = [(start, end, rule.kind) for rule in rules for start, end in rule.find(text)]
    if DIGITS.search(text):
        found += [(start, end, rule.kind) for rule in NUMBER_RULES for start, end in rule.find(text)]
    return _merge(_outside_markers(found, text)) if found else []


def _outside_markers(found: list[tuple[int, int, str]], text: str) -> list[tuple[int, int, str]]:
    """The parts of what was found that are not already redacted."""
    markers = [match.span() for match in MARKER.finditer(text)] if "[redacted: " in text else []
    if not markers:
        return found
    parts: list[tuple[int, int, str]] = []
    upcoming = 0
    for start, end, kind in sorted(found):
        while upcoming < len(markers) and markers[upcoming][1] <= start:
            upcoming += 1
        for marker_start, marker_end in markers[upcoming:]:
            if marker_start >= end:
                break
            if start < marker_start:
                parts.append((start, marker_start, kind))
            start = marker_end
        if start < end:
            parts.append((start, end, kind))
    return parts


def _merge(found: list[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    merged: list[tuple[int, int, str]] = []
    for start, end, kind in sorted(found):
        if merged and start < merged[-1][1]:
            earlier = merged[-1]
            merged[-1] = (earlier[0], max(end, earlier[1]), min(earlier[2], kind, key=RANK.__getitem__))
        else:
            merged.append((start, end, kind))
    return merged


def _replace(text: str, spans: list[tuple[int, int, str]]) -> str:
    pieces: list[str] = []
    after = 0
    for start, end, kind in spans:
        pieces += (text[after:start], f"[redacted: {kind}]")
        after = end
    return "".join((*pieces, text[after:]))


# --- JSON ---------------------------------------------------------------------------------------------------------------

PASSWORD_NAME = re.compile(r"(?i:password|passwd|passphrase|passcode|pwd)$|密码$|密碼$|口令$")
KEY_NAME = re.compile(rf"{KEYWORD}$", re.VERBOSE)


def _redact_value(value: Json, name: str | None, taken: Counter[str]) -> Json:
    if isinstance(value, dict):
        return {_free_name(key, taken, value): _redact_value(item, key, taken) for key, item in value.items()}
    if isinstance(value, list):
        return [_redact_value(item, name, taken) for item in value]
    if isinstance(value, str):
        return _redact_string(value, name, taken)
    if isinstance(value, int) and not isinstance(value, bool) and 10**12 <= value < 10**19:
        clean = _redact_string(str(value), name, taken)
        return value if clean == str(value) else clean
    return value


def _redact_string(value: str, name: str | None, taken: Counter[str]) -> str:
    clean, redactions = redact(value)
    taken.update({redaction.kind: redaction.count for redaction in redactions})
    if name is None or clean != value or MARKER.fullmatch(value):
        return clean
    if PASSWORD_NAME.search(name) and " " not in value and _looks_like_a_password(value, is_bold=True):
        taken["password"] += 1
        return "[redacted: password]"
    if KEY_NAME.search(name) and len(value) >= 16 and _looks_random(value):
        taken["secret"] += 1
        return "[redacted: secret]"
    return clean


def _free_name(key: str, taken: Counter[str], siblings: dict[str, Json]) -> str:
    """The key without secrets; two that would become one are told apart by a number."""
    clean, redactions = redact(key)
    if not redactions:
        return key
    taken.update({redaction.kind: redaction.count for redaction in redactions})
    alike = [other for other in siblings if other == key or redact(other)[0] == clean]
    return clean if len(alike) < 2 else f"{clean} {alike.index(key) + 1}"
