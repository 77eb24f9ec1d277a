# SPDX-License-Identifier: Apache-2.0
"""Which small mistakes can be made in a C file?

mutants(text) yields a Mutant for each place and way:

    negate     if (x), while (x), a ? b : c and the test of a for: !(x)
    relation   < <= > >= == != && ||: another of them
    number     a number, of the code or of a #define: one more, one less
    constant   true and false; a capital name: another one of the file that
               begins with the same word
    arithmetic + - ++ -- += -= | & << >>: the opposite
    drop       a call or an assignment that is a statement: gone

The text is read token by token and not understood; what does not compile, or
compiles to the same code, is for the caller to leave out.  What no test can see
is not made: other sizes of arrays, memory that is not given back (sanitizers
see that), the (void) of what is unused.
"""

import re
from collections import namedtuple

# [start, end) of the text becomes `new`.
Mutant = namedtuple("Mutant", "kind start end new")
Token = namedtuple("Token", "kind text start end")

TOKEN = re.compile(r"""
      (?P<space>\s+|/\*.*?\*/|//[^\n]*)
    | (?P<directive>(?<![^\n])[ \t]*\#(?:\\\n|[^\n])*)
    | (?P<string>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')
    | (?P<number>(?:0[xX][0-9a-fA-F]+|\d+)[uUlL]*)
    | (?P<name>[A-Za-z_]\w*)
    | (?P<operator><<=|>>=|\.\.\.|->|\+\+|--|<<|>>|<=|>=|==|!=|&&|\|\||
        [-+*/%&|^]=|.)
    """, re.X | re.S)
DEFINE = re.compile(r"#define\s+\w+\s+((?:0[xX][0-9a-fA-F]+|\d+)[uUlL]*)\b")

RELATIONS = {
    "<": ("<=", ">"), "<=": ("<", ">="), ">": (">=", "<"), ">=": (">", "<="),
    "==": ("!=",), "!=": ("==",), "&&": ("||",), "||": ("&&",),
}
ARITHMETIC = {
    "+": "-", "-": "+", "++": "--", "--": "++", "+=": "-=", "-=": "+=",
    "|=": "&=", "&=": "|=", "|": "&", "&": "|", "<<": ">>", ">>": "<<",
    "%": "/", "*": "+", "/": "*",
}
ASSIGNMENTS = ("=", "+=", "-=", "*=", "/=", "%=", "|=", "&=", "^=", "<<=",
               ">>=")
HEADS = ("if", "while", "for", "switch")
KEYWORDS = HEADS + ("return", "else", "do", "case", "default", "break",
                    "continue", "goto", "sizeof")
TYPES = ("const", "static", "struct", "enum", "union", "unsigned", "int",
         "char", "bool", "void", "long", "size_t", "volatile", "float",
         "double", "_Static_assert", "static_assert")
RELEASES = re.compile(r"(?:\w+_)?free$|\w*_fini$")


def tokens_of(text):
    found = []
    for m in TOKEN.finditer(text):
        if m.lastgroup != "space":
            found.append(Token(m.lastgroup, m.group(), m.start(), m.end()))
    return found


def partners(tokens):
    """Which bracket closes which, both ways, by index."""
    of, stack = {}, []
    for i, t in enumerate(tokens):
        if t.kind == "operator" and t.text in "([{":
            stack.append(i)
        elif t.kind == "operator" and t.text in ")]}" and stack:
            of[stack[-1]] = i
            of[i] = stack.pop()
    return of


def bodies(tokens, of):
    """(first, last) of what stands between the braces of each function."""
    i = 0
    while i < len(tokens):
        if tokens[i].text == "{" and i in of:
            if i > 0 and tokens[i - 1].text == ")":
                yield i, of[i]
            i = of[i]
        i += 1


def is_word(t):
    return t.kind == "name" and t.text not in KEYWORDS


class Reader:
    def __init__(self, text):
        self.text = text
        self.tokens = tokens_of(text)
        self.of = partners(self.tokens)
        names = {t.text for t in self.tokens if t.kind == "name" and
                 re.fullmatch(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+", t.text)}
        # A family: names of one file with the first two words in common, or
        # the first one if there are no more.
        self.family = {}
        for name in names:
            words = name.split("_")
            key = "_".join(words[:2]) if len(words) > 2 else words[0]
            self.family.setdefault(key, []).append(name)
        self.found = []

    def add(self, kind, first, last, new):
        """Tokens first to last become `new`."""
        self.found.append(Mutant(kind, self.tokens[first].start,
                                 self.tokens[last].end, new))

    def read(self):
        for first, last in bodies(self.tokens, self.of):
            for i in range(first + 1, last):
                self.operators(i)
                self.values(i)
                self.negation(i)
                self.statement(i, last)
        inside = [range(a, b) for a, b in bodies(self.tokens, self.of)]
        for i, t in enumerate(self.tokens):
            m = DEFINE.match(t.text) if t.kind == "directive" else None
            if m:
                for new in near(m.group(1)):
                    self.found.append(Mutant("number", t.start + m.start(1),
                                             t.start + m.end(1), new))
            elif not any(i in r for r in inside) and self.is_in_table(i):
                self.values(i)
        return sorted(self.found, key=lambda m: (m.start, m.end, m.new))

    def is_in_table(self, i):
        """Outside functions: inside of the braces behind a "="."""
        if self.tokens[i].kind not in ("number", "name"):
            return False
        while i > 0:
            i -= 1
            if self.tokens[i].text in ")]}" and i in self.of:
                i = self.of[i]
            elif self.tokens[i].text == "{":
                if self.tokens[i - 1].text == "=":
                    return True
            elif self.tokens[i].text == ";":
                return False
        return False

    def is_binary(self, i):
        before = self.tokens[i - 1]
        return before.kind in ("name", "number", "string") and \
            before.text not in KEYWORDS or before.text in (")", "]")

    def is_cast(self, i):
        """(type) before a sign."""
        return self.tokens[i - 1].text == ")" and self.looks_like_type(
            self.of.get(i - 1, i) + 1, i - 1)

    def looks_like_type(self, first, last):
        words = [t.text for t in self.tokens[first:last]]
        return bool(words) and (words[0] in TYPES or len(words) == 1 and
                                words[0].endswith("_t"))

    def operators(self, i):
        t = self.tokens[i]
        if t.kind != "operator":
            return
        for new in RELATIONS.get(t.text, ()):
            self.add("relation", i, i, new)
        if t.text not in ARITHMETIC:
            return
        if len(t.text) == 1 and (not self.is_binary(i) or self.is_cast(i) or
                                 self.declares(i)):
            return
        self.add("arithmetic", i, i, ARITHMETIC[t.text])

    def declares(self, i):
        """A * of a declaration: a type's name before it begins a statement."""
        if self.tokens[i].text != "*":
            return False
        before = self.tokens[i - 2].text
        return before in TYPES or before in ("{", ";", "}", "(", ",") and \
            self.tokens[i + 1].text != "(" and \
            self.tokens[i + 2].text in ("=", ";", ",", ")")

    def is_dimension(self, i):
        """A number in the brackets of a declaration."""
        if self.tokens[i - 1].text != "[":
            return False
        name, before = self.tokens[i - 2], self.tokens[i - 3]
        return name.kind == "name" and (
            is_word(before) or before.text in ("*", "]"))

    def values(self, i):
        t = self.tokens[i]
        if t.kind == "number" and not self.is_dimension(i):
            for new in near(t.text):
                self.add("number", i, i, new)
        elif t.text in ("true", "false"):
            self.add("constant", i, i, "false" if t.text == "true" else "true")
        elif t.kind == "name" and t.text.isupper():
            for family in self.family.values():
                if t.text in family and len(family) > 1:
                    others = sorted(family)
                    at = others.index(t.text)
                    self.add("constant", i, i, others[(at + 1) % len(others)])

    def negation(self, i):
        t = self.tokens[i]
        if t.text in ("if", "while") and i + 1 in self.of:
            first, last = i + 2, self.of[i + 1] - 1
            if first <= last:
                self.negate(first, last)
        elif t.text == "for" and i + 1 in self.of:
            first, last = self.between_semicolons(i + 1)
            if first <= last:
                self.negate(first, last)
        elif t.text == "return" and self.tokens[i + 1].text != ";":
            end = self.end_of(i)
            inside = self.tokens[i + 1:end]
            if any(x.text in RELATIONS or x.text == "!" for x in inside) and \
                    not any(x.text == "?" for x in inside):
                self.negate(i + 1, end - 1)

    def negate(self, first, last):
        old = self.text[self.tokens[first].start:self.tokens[last].end]
        self.add("negate", first, last, "!(%s)" % old)

    def between_semicolons(self, opening):
        ends, i = [], opening + 1
        while i < self.of[opening]:
            if self.tokens[i].text in "([{" and i in self.of:
                i = self.of[i]
            elif self.tokens[i].text == ";":
                ends.append(i)
            i += 1
        return (ends[0] + 1, ends[1] - 1) if len(ends) == 2 else (1, 0)

    def end_of(self, i):
        """Index of the semicolon that ends the statement."""
        while self.tokens[i].text != ";":
            i = self.of[i] + 1 if self.tokens[i].text in "([{" and \
                i in self.of else i + 1
            if i >= len(self.tokens) - 1:
                break
        return i

    def begins_statement(self, i):
        before = self.tokens[i - 1]
        if before.text in ("{", "}", ";", "else", "do"):
            return True
        if before.text == ":":
            return self.tokens[i - 2].kind in ("name", "number") and \
                self.tokens[i - 3].text in ("case", ";", "{", "}") or \
                self.tokens[i - 2].text == "default"
        return before.text == ")" and i - 1 in self.of and \
            self.tokens[self.of[i - 1] - 1].text in HEADS

    def statement(self, i, last):
        t = self.tokens[i]
        if not self.begins_statement(i) or t.text in TYPES or \
                t.text in KEYWORDS or \
                not (is_word(t) or t.text in ("++", "--", "*")):
            return
        end = self.end_of(i)
        if end >= last or self.tokens[end].text != ";":
            return
        following = self.tokens[i + 1]
        if is_word(t) and following.kind == "name":
            return  # a declaration
        if is_word(t) and following.text == "*" and \
                self.tokens[i + 2].kind == "name" and \
                self.tokens[i + 3].text in ("=", ";", ","):
            return
        if following.text == "(" and self.of.get(i + 1) == end - 1:
            if not RELEASES.match(t.text):
                self.add("drop", i, end, ";")
        elif any(x.text in ASSIGNMENTS + ("++", "--")
                 for x in self.tokens[i:end]) and \
                not any(x.text == "{" for x in self.tokens[i:end]):
            self.add("drop", i, end, ";")


def near(number):
    """One more and one less."""
    digits = re.match(r"0[xX][0-9a-fA-F]+|\d+", number).group()
    value, suffix = int(digits, 0 if digits[:2] in ("0x", "0X") or
                        digits == "0" else 10), number[len(digits):]
    shape = "%#x" if digits[:2] in ("0x", "0X") else "%d"
    yield shape % (value + 1) + suffix
    if value > 0:
        yield shape % (value - 1) + suffix


def mutants(text):
    return Reader(text).read()
