#!/bin/sh
# Python 3.11 to 3.13: a possessive repeat of a group forgets what groups in it matched in all rounds
# but the last.
#
# Version:   python3.11-minimal 3.11.2-6+deb12u8, Debian 12; the same with CPython 3.11.7, 3.12.1 and
#            3.13.0.
# Expected:  x++ is (?>x+), as the documentation of `re` says; and a group in a repeat keeps what it
#            matched last, in whatever round that was, as with x+.
# Behaviour: behind a possessive repeat of a group, a group inside it that took no part in the last
#            round is "", as if it had matched nothing there, though it matched in a round before.
#            No error, no warning; the whole match is right.
# Seen:      on abx      (?:(a)|b)+x   group 1 is a
#                        (?>(?:(a)|b)+)x   a
#                        (?:(a)|b)++x      ""
# Source:    Python's documentation of re, "x*+, x++ and x?+"; Modules/_sre/sre_lib.h,
#            SRE_OP_POSSESSIVE_REPEAT.
# Why here:  entries of fields in any order, `(?:NAME=(...)|TAG=(...)|...)++`, are read in one pass;
#            made possessive, as is good against long backtracking, such a pattern loses fields.
# Needs:     apt-get and dpkg-deb with Debian 12's packages in reach; takes seconds.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
for package in python3.11-minimal libpython3.11-minimal; do
    apt-get -qq -o APT::Sandbox::User=root download "$package=3.11.2-6+deb12u8"
done
for archive in *.deb; do
    dpkg-deb --extract "$archive" .
done
PYTHONHOME=$folder/usr "$folder/usr/bin/python3.11" -I >seen - <<'END'
import re, sys
print(sys.version.split()[0])
for pattern in ("(?:(a)|b)+x", "(?>(?:(a)|b)+)x", "(?:(a)|b)++x", "(?:(a)|b)*+x"):
    match = re.match(pattern, "abx")
    print(pattern, match[0], repr(match[1]))
END
cat seen
cat >wanted <<'END'
3.11.2
(?:(a)|b)+x abx 'a'
(?>(?:(a)|b)+)x abx 'a'
(?:(a)|b)++x abx ''
(?:(a)|b)*+x abx ''
END
diff wanted seen && echo "as described"
