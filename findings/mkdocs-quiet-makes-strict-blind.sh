#!/bin/sh
# mkdocs 1.6.1: build --strict --quiet takes a page with broken links for a good one.
#
# Version:   mkdocs 1.6.1 of PyPI.
# Expected:  --strict ends with 1 where a link leads nowhere, however much is printed: --quiet is to
#            "silence warnings", and --strict to "abort the build on any warnings".
# Behaviour: warnings are counted by a handler of the logger whose level --quiet raises, so with it none
#            is counted; the site is written and the exit code is 0. The order of the two does not matter,
#            and strict: true in mkdocs.yml is as blind.
# Seen:      build --strict            ends with 1, and names the link
#            build --strict --quiet    ends with 0, and prints nothing
# Source:    mkdocs/commands/build.py (the CountHandler) and mkdocs/__main__.py (quiet_option).
# Why here:  a script that wants to be silent unless something is wrong learns nothing of what is wrong.
# Needs:     Python 3.8 or later with venv and pip, and PyPI in reach; takes some seconds.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip -qq --disable-pip-version-check install mkdocs==1.6.1
mkdir docs
printf 'site_name: one page\n' >mkdocs.yml
printf '[a link](nothing.md)\n' >docs/index.md
for how in '--strict' '--strict --quiet'; do
    code=0
    venv/bin/mkdocs build $how >said 2>&1 || code=$?
    echo "build $how ends with $code and prints $(grep -c nothing.md said || true) line(s) about the link"
done | tee seen
diff - seen <<'END'
build --strict ends with 1 and prints 1 line(s) about the link
build --strict --quiet ends with 0 and prints 0 line(s) about the link
END
