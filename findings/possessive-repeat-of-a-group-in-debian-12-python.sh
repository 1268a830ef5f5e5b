#!/bin/sh
# Python 3.11.2, the python3 of Debian 12: a possessive repeat of a group takes more than it may.
#
# Version:   python3.11-minimal and libpython3.11-minimal 3.11.2-6+deb12u8, Debian 12.
# Expected:  x*+ is (?>x*), as the documentation of `re` says: the two match the same.
# Behaviour: when the last round of the repeat fails, matching goes on from where that round had come
#            to, not from where it began. What a look-ahead forbids is swallowed; a field that
#            is only half there is swallowed, too, or makes the whole pattern fail. No error, no warning.
# Seen:      (?:a|b(?!c))*+  on abc     matches abc    instead of a
#            (?:ab++c)*+     on abcabd  matches abca   instead of abc
#            (?:ab++, )?+a   on abb.    matches nothing instead of a
#            with an alternative that never matches, (?:...|(?!))*+, all three are right
# Source:    github.com/python/cpython, issues 100061 and 106052: CPython 3.11.0 to 3.11.4 have it,
#            3.11.5 and 3.12.0 do not.
# Why here:  a parser of logs made of possessive repeats read every Postfix line as one that says
#            nothing, on Debian 12 only.
# Needs:     apt-get and dpkg-deb with Debian 12's packages in reach; takes seconds.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
for package in python3.11-minimal libpython3.11-minimal; do
    apt-get -qq download "$package=3.11.2-6+deb12u8"
done
for archive in *.deb; do
    dpkg-deb --extract "$archive" .
done
PYTHONHOME=$folder/usr "$folder/usr/bin/python3.11" -I >seen - <<'END'
import re, sys
print(sys.version.split()[0])
for body, quantifier, rest, text in (
    ("a|b(?!c)", "*", "", "abc"),
    ("ab++c", "*", "", "abcabd"),
    ("ab++, ", "?", "a", "abb."),
):
    found = [
        re.match(pattern, text)
        for pattern in (
            f"(?:{body}){quantifier}+{rest}",
            f"(?>(?:{body}){quantifier}){rest}",
            f"(?:{body}|(?!)){quantifier}+{rest}",
        )
    ]
    print(*(match and match[0] for match in found))
END
cat seen
cat >wanted <<'END'
3.11.2
abc a a
abca abc abc
None a a
END
diff wanted seen && echo "as described"
