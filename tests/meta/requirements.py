# SPDX-License-Identifier: Apache-2.0
"""Which requirements has no test proved?

    requirements.py DIRECTORY

DIRECTORY/data/requirements.txt lists the demands of the standards.  A test proves
one by naming its identifier in full, and further ones of the same section or
document in short:

    5352-3.3-02, -06 (T1), -07      5356-4.1-09, 4.2-06      5354-3-04 to -07

DIRECTORY/data/requirements.left has what no test proves: identifiers in the same
way, a word and the reason.  The words are

    left         not done
    otherwise    read or done in another way; a test may prove that way
    unseen       holds, but no test can see it
    open         to be done, perhaps proved in part

Prints what is wrong: demands neither proved nor in the list, demands in both,
identifiers that no demand has.  Ends with 1 if there is anything.
"""

import os
import re
import sys

DOCUMENT = r"(?:535[2-6]|hropt|delay|takeover)"
FULL = re.compile(r"(?<![\w.-])(%s)-(\d+(?:\.\d+)*)-(\d\d)(?!\d)" % DOCUMENT)
SHORT = re.compile(r"(?:(\d+(?:\.\d+)+)-|-)(\d\d)(?![\w])")
# What may stand between two: punctuation, line ends of comments, a remark.
BETWEEN = re.compile(r"(?:[\s,;:*#/]|\band\b|\([^()]*\))*")
END = re.compile(r"-?(\d\d)(?!\d)")
RANGE = re.compile(r"[\s*#]*(?:\bto\b|\.\.)[\s*#]*")
WORDS = ("left", "otherwise", "unseen", "open")


def named(text):
    """The identifiers in a text, with ranges spelt out."""
    at = 0
    while True:
        m = FULL.search(text, at)
        if m is None:
            return
        document, section, number = m.groups()
        yield "%s-%s-%s" % (document, section, number)
        at = m.end()
        while True:
            gap = RANGE.match(text, at)
            is_range = gap is not None
            if not is_range:
                gap = BETWEEN.match(text, at)
            m = FULL.match(text, gap.end())
            short = SHORT.match(text, gap.end())
            if is_range and m is not None:
                short, last = m, m.group(3)
            elif is_range:
                short = END.match(text, gap.end())
                if short is None:
                    break
                last = short.group(1)
            elif short is not None and gap.end() > at:
                section, last = short.group(1) or section, short.group(2)
            else:
                break
            first = int(number) + 1 if is_range else int(last)
            for n in range(first, int(last) + 1):
                yield "%s-%s-%02d" % (document, section, n)
            number, at = last, short.end()


def read(path):
    with open(path, encoding="utf-8", errors="replace") as f:
        return f.read()


def demands(directory):
    lines = read(os.path.join(directory, "data", "requirements.txt")).splitlines()
    return [line.split()[0] for line in lines if line and line[0] != "#"]


def proofs(directory):
    found = {}
    for name in sorted(os.listdir(directory)):
        path = os.path.join(directory, name)
        if name == "corpus" or name.startswith("requirements."):
            continue
        if os.path.isdir(path):
            for each, where in proofs(path).items():
                found.setdefault(each, []).extend(where)
            continue
        for each in named(read(path)):
            found.setdefault(each, []).append(name)
    return found


def exceptions(directory, complaints):
    """Identifier to word, of the paragraphs of requirements.left."""
    found = {}
    text = read(os.path.join(directory, "data", "requirements.left"))
    text = "\n".join(line for line in text.splitlines()
                     if not line.startswith("#"))
    for paragraph in re.split(r"\n(?!\s)", text.strip()):
        head, _, rest = " ".join(paragraph.split()).partition(": ")
        word, _, reason = rest.partition(", ")
        if word not in WORDS or len(reason) < 10:
            complaints.append("requirements.left: no word and reason: %s"
                              % " ".join(paragraph.split()))
        for each in named(head):
            if each in found:
                complaints.append("requirements.left has %s twice" % each)
            found[each] = word
    return found


def main(directory, *options):
    complaints = []
    known = demands(directory)
    proved = proofs(directory)
    excepted = exceptions(directory, complaints)
    for each in sorted(set(proved) | set(excepted)):
        if each not in known:
            complaints.append("%s, named in %s, is no requirement" % (
                each, ", ".join(proved.get(each, ["requirements.left"]))))
    for each in known:
        if each not in proved and each not in excepted:
            complaints.append("%s has no proof" % each)
        elif each in proved and excepted.get(each) in ("left", "unseen"):
            complaints.append("%s is proved in %s, and in requirements.left"
                              % (each, proved[each][0]))
    if "--list" in options:
        for each in known:
            print(each, excepted.get(each, ""), *sorted(
                set(proved.get(each, []))))
    for each in complaints:
        print(each)
    print("%d requirements: %d proved%s" % (
        len(known), sum(each in proved for each in known), "".join(
            ", %d %s" % (list(excepted.values()).count(word), word)
            for word in WORDS)))
    return len(complaints) > 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
