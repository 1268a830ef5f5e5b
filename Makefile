# Two commands do everything: `make run` and `make test`; both install what they need into .venv.
PYTHON ?= python3
VENV := .venv
PIP := $(VENV)/bin/python -m pip --disable-pip-version-check --quiet
# LOG=/path/to/mail.log [LISTEN=127.0.0.1:9154]
LOG ?=
LISTEN ?= 127.0.0.1:9154

# where the Debians of `make test-pythons` and `make test-postfix` lie, and the programs of
# `make newer-engines`, `make bench` and `make test-deploy`
CACHE := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/postfix-deliverability-exporter
PYTHONS ?= $(CACHE)/pythons
DEBIANS ?= $(CACHE)/debians
ENGINES ?= $(CACHE)/engines
PEERS ?= $(CACHE)/peers
VALIDATORS ?= $(CACHE)/validators

.PHONY: run replay test test-system-python test-pythons test-postfix newer-engines test-engines lint docs dashboards alerts score-replies mutate-rules fuzz fuzz-input soak limits bench bench-rules bench-dashboards flood clean demo demo-tools deb test-deb test-deploy test-replay test-scenarios site release test-release test-fleet

run: $(VENV)/run
	@PYTHON=$(VENV)/bin/python LOG="$(LOG)" LISTEN="$(LISTEN)" sh scripts/run

# what the alert rules would have said of logs: LOG='/var/log/mail.log*' [REPLAY='--since yesterday']
REPLAY ?=
replay: $(VENV)/run
	@sh scripts/install-tools prometheus:prometheus
	@$(VENV)/bin/python -m replay $(REPLAY) $(LOG) || [ $$? = 3 ]

# an incident from the log to the notification, all parts real, in a minute
demo: demo-tools $(VENV)/run
	@$(VENV)/bin/python -m demo

demo-tools:
	@PYTHON=$(PYTHON) sh scripts/demo-tools

test: export PYTHONDONTWRITEBYTECODE := # hundreds of exporters start: compiled once
test: $(VENV)/test
	@sh scripts/install-tools
	$(MAKE) --no-print-directory --jobs=2 --output-sync=target lint $(if $(TESTS),,test-system-python)
	$(VENV)/bin/python -m pytest $(or $(TESTS),$(IN_PARALLEL))

test-system-python: $(VENV)/test
	@sh scripts/test-system-python $(VENV) $(VENV)-system $(ON_THE_SYSTEMS)

# with PROMETHEUS=/folder its prometheus, promtool, prometheus-alertmanager and amtool are tested with
ifdef PROMETHEUS
test: $(PROMETHEUS)/promtool
test: export PATH := $(abspath $(PROMETHEUS)):$(PATH)
endif

# file by file, the longest first; the third process is for the one that waits (tests/conftest.py)
IN_PARALLEL := -n 3 --dist loadfile --no-loadscope-reorder

# reading, judging and counting: what a Python could get wrong without a word
ON_EVERY_PYTHON := tests/records tests/verdict tests/counts tests/sources/test_framing.py \
    tests/checkpoint/test_rows.py tests/test_splits.py tests/test_corpus.py

# of these what hangs on its regular expressions: make test is to last a quarter of an hour
ON_THE_SYSTEMS := tests/records tests/verdict/test_classes.py tests/verdict/test_replies.py \
    tests/sources/test_framing.py tests/test_corpus.py

# all of it on the Pythons of Debian 12, 13 and sid; run it as root
test-pythons:
	@sh scripts/install-tools debootstrap:debootstrap
	@sh scripts/test-pythons $(PYTHONS) $(ON_EVERY_PYTHON)

# real Postfix of Debian 12, 13 and sid, and the exporter installed on a Debian 13; run it as root
test-postfix: $(VENV)/test
	@sh scripts/install-tools debootstrap:debootstrap
	@sh scripts/debian-root bookworm $(DEBIANS)/bookworm $(LOGS),rsyslog
	@sh scripts/debian-root trixie $(DEBIANS)/trixie $(LOGS),python3,python3-venv
	@sh scripts/debian-root sid $(DEBIANS)/sid $(LOGS),rsyslog
	DEBIANS=$(DEBIANS) $(VENV)/bin/python -m pytest tests/postfix
LOGS := ca-certificates,systemd,systemd-sysv,postfix

# the Debian package, into dist/; on Debian 13 or later
deb: $(VENV)/run
	@sh scripts/install-tools $(DEB_TOOLS)
	@PYTHON=$(abspath $(VENV))/bin/python sh scripts/deb

DEB_TOOLS := dpkg-buildpackage:dpkg-dev gcc:build-essential dh:debhelper dh_python3:dh-python

# it is built and looked at by lintian in a Debian 13, then installed, upgraded and purged in another
# one with systemd; run it as root
test-deb: $(VENV)/test
	@sh scripts/install-tools debootstrap:debootstrap
	@sh scripts/debian-root trixie $(DEBIANS)/deb-build ca-certificates build-essential,debhelper,dh-python,lintian
	@sh scripts/debian-root trixie $(DEBIANS)/deb $(LOGS),python3,python3-bcrypt,python3-idna,python3-tqdm,python3-yaml
	DEBIANS=$(DEBIANS) $(VENV)/bin/python -m pytest tests/deb

# VERSION=x.y.z [DRY_RUN=1]: sdist, wheel, deb, bill of materials and checksums into dist/VERSION, and
# a tag; on Debian 13 or later
release: $(VENV)/release
	@sh scripts/install-tools $(DEB_TOOLS)
	@PYTHON=$(abspath $(VENV))/bin/python sh scripts/release "$(VERSION)" $(if $(DRY_RUN),--dry-run)

# a dry run and a release of this tree, in a clone
test-release: $(VENV)/release
	@sh scripts/install-tools $(DEB_TOOLS)
	$(VENV)/bin/python -m pytest tests/release/test_release.py

# the documentation as a site, into build/site/VERSION
site: $(VENV)/site
	@$(VENV)/bin/python -m docs.site pages build/pages
	SITE=build/site/$$(sed -n 's/^__version__ = "\(.*\)"/\1/p' exporter/__init__.py) \
	    NO_MKDOCS_2_WARNING=1 $(VENV)/bin/mkdocs build
	@$(VENV)/bin/python -m docs.site versions build/site

# deploy/ through docker compose, kustomize and the schemas of Kubernetes and Prometheus' operator, and
# the demo of deploy/compose without an engine; run it as root
test-deploy: $(VENV)/deploy
	@sh scripts/install-tools
	@sh scripts/install-tools debootstrap:debootstrap node:nodejs npm:npm ip:iproute2
	@sh scripts/validators $(VALIDATORS)
	VALIDATORS=$(VALIDATORS) PATH=$(VALIDATORS)/bin:$$PATH $(VENV)/bin/python -m pytest tests/deploy/validators

# replays from the command line, which take two minutes
test-replay: $(VENV)/test
	@sh scripts/install-tools
	$(VENV)/bin/python -m pytest tests/replay/test_replay.py

# all scenarios; make test leaves out ten of several days
test-scenarios: $(VENV)/test
	@sh scripts/install-tools
	ALL_SCENARIOS=1 $(VENV)/bin/python -m pytest tests/live/test_alert_rules.py

# such a folder, with what Debian sid has
newer-engines:
	@sh scripts/install-tools debootstrap:debootstrap
	@sh scripts/newer-engines $(ENGINES)

# the scenarios through promtool and vmalert-tool: the same alerts, and how much later
test-engines: $(VENV)/test newer-engines
	PATH=$(ENGINES)/bin:$$PATH $(VENV)/bin/python -m tests.alerts.engines

# three hosts with an agent each, VictoriaMetrics with the rules, Alertmanager: one incident, told once
test-fleet: $(VENV)/test newer-engines
	PATH=$(ENGINES)/bin:$$PATH $(VENV)/bin/python -m pytest tests/fleet

lint: $(VENV)/test
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/lint-imports --no-logo
	$(VENV)/bin/mypy

# the pages, man pages and completions that are made of what the exporter knows
docs: $(VENV)/run
	$(VENV)/bin/python -m docs.generate
	$(VENV)/bin/python -m deploy.src
	$(VENV)/bin/python -m tests.verdict.score --totals --write

# how many labelled replies get the right cause and provider, and which do not
score-replies: $(VENV)/run
	$(VENV)/bin/python -m tests.verdict.score

# the rule files, from alerts/src; GRAFANA=https://... RUNBOOKS=https://... name your own
alerts: $(VENV)/run
	$(VENV)/bin/python -m alerts.src $(if $(GRAFANA),--grafana $(GRAFANA)) $(if $(RUNBOOKS),--runbooks $(RUNBOOKS))

# leaves out each guard of the alert rules in turn: do the scenarios notice?
mutate-rules: $(VENV)/test
	@sh scripts/install-tools
	$(VENV)/bin/python -m tests.alerts.mutants

# the JSON files, the ConfigMaps and the table of panels
dashboards: $(VENV)/test
	$(VENV)/bin/python -m dashboards.src

# every kind of rotation, SECONDS of kill -9 each
SECONDS ?= 60
fuzz: $(VENV)/test
	@sh scripts/install-tools
	$(VENV)/bin/python -m tests.rotation_fuzz --seconds $(SECONDS)

# made-up input for the parsers of lines, replies and files: guided by coverage, then by properties
fuzz-input: $(VENV)/fuzz
	@sh scripts/install-tools
	$(VENV)/bin/python -m tests.hostile --seconds $(SECONDS)
	HOSTILE_SECONDS=$(SECONDS) $(VENV)/bin/python -m pytest -s tests/hostile/test_any.py tests/live/test_any_lines.py

# half an hour at 3,000 lines a second with rotation and scrapes: counts, memory, open files
soak: $(VENV)/run
	@sh scripts/install-tools
	$(VENV)/bin/python -m bench.measure.soak

# what longer logs, more lines a day and more domains cost: the figures of docs/operations.md
limits: $(VENV)/run
	@sh scripts/install-tools strace:strace
	$(VENV)/bin/python -m bench.measure.growth
	$(VENV)/bin/python -m bench.measure.landing
	$(VENV)/bin/python -m bench.measure.limits
	$(VENV)/bin/python -m bench.measure.limits --domains 100000 --limit 2000

# the same logs read by grep, mtail, prometheus-postfix-exporter and pflogsumm; scrapes; pauses
bench: $(VENV)/run
	@sh scripts/install-tools debootstrap:debootstrap
	@sh scripts/newer-peers $(PEERS)
	$(VENV)/bin/python -m bench.peers.grep
	PATH=$(PEERS)/bin:$$PATH $(VENV)/bin/python -m bench.peers
	PATH=$(PEERS)/bin:$$PATH $(VENV)/bin/python -m bench.peers --collectors --kinds everyday --domains 200
	$(VENV)/bin/python -m bench.measure.scrape
	$(VENV)/bin/python -m bench.measure.pauses

# a fleet of ten instances with a week of history, and a Prometheus with the rules, for a quarter of an
# hour; AGAINST=FOLDER compares with the rule files there
bench-rules: $(VENV)/run
	@sh scripts/install-tools
	$(VENV)/bin/python -m bench.measure.rules $(if $(AGAINST),--against $(AGAINST))

# what the dashboards cost a Prometheus, by panel
bench-dashboards: $(VENV)/run
	@sh scripts/install-tools
	$(VENV)/bin/python -m bench.measure.dashboards

# a million made-up domains, and a million senders and all else that collectors see: bounds and memory
flood: $(VENV)/run
	$(VENV)/bin/python -m bench.measure.flood
	$(VENV)/bin/python -m bench.measure.made_up

clean:
	rm -rf $(VENV) $(VENV)-system run build dist *.egg-info

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or later is needed; name one with PYTHON=..." if sys.version_info < (3, 11) else 0)'
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || sh scripts/install-tools ensurepip:python3-venv
	$(PYTHON) -m venv $(VENV)
	$(PIP) install --constraint constraints.txt 'pip>=25.1' # the first that knows dependency groups

$(VENV)/run: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(PIP) install --constraint constraints.txt --editable .
	@touch $@

$(VENV)/test: $(VENV)/run
	$(PIP) install --constraint constraints.txt --group test
	@touch $@

$(VENV)/deploy: $(VENV)/test
	$(PIP) install --constraint constraints.txt --group deploy
	@touch $@

$(VENV)/site: $(VENV)/run
	$(PIP) install --constraint constraints.txt --group site
	@touch $@

$(VENV)/release: $(VENV)/test
	$(PIP) install --constraint constraints.txt --group release
	@touch $@

$(VENV)/fuzz: $(VENV)/test
	$(PIP) install --constraint constraints.txt --group fuzz
	@touch $@
