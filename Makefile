# make practice   set everything up and practice
# make web        the same in the browser
# make test       set up what the tests need and run them
# make setup      only set up; does nothing when all is in place
# make check      look the code over (ruff, mypy)
# make pins       choose the versions in constraints.txt anew

# The first Python that voicecoach runs on; name another with PYTHON=...
PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11 python3.10; do \
	$$python -c 'import sys; sys.exit(not (3, 10) <= sys.version_info < (3, 14))' \
	2>/dev/null && echo $$python && break; done)
BIN := .venv/bin
EXTRAS := fast,offline,web,cluster
SOUND_PACKAGES := libportaudio2 espeak-ng
TEST_PACKAGES := pulseaudio pulseaudio-utils libasound2-plugins chromium fonts-dejavu-core

.PHONY: setup practice web test check pins system-packages test-packages

setup: system-packages .venv/complete

practice: setup
	@$(BIN)/voicecoach practice

web: setup
	@$(BIN)/voicecoach web

test: check test-packages
	$(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder --ignore tests/web
# A browser that talks and listens in real time wants the machine for itself.
	$(BIN)/pytest tests/web

check: setup .venv/complete-for-tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

.venv/complete: pyproject.toml constraints.txt
	$(if $(PYTHON),,$(error voicecoach needs Python 3.10 to 3.13: install one, or name it with PYTHON=...))
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[$(EXTRAS)]'
	@touch $@

.venv/complete-for-tests: .venv/complete
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[$(EXTRAS),dev]'
	@touch $@

system-packages:
	@$(call install,$(SOUND_PACKAGES))

test-packages:
	@$(call install,$(TEST_PACKAGES))

# Debian and Ubuntu: install what is missing, as root or through sudo; macOS brings all of it;
# elsewhere, or without the right to, name it.
define install
if [ "$$(uname)" != Linux ]; then exit 0; fi; \
missing=; \
if command -v dpkg-query >/dev/null; then \
	for package in $(1); do \
		dpkg-query -W -f '$${Status}' $$package 2>/dev/null | grep -q 'ok installed' \
			|| missing="$$missing $$package"; \
	done; \
	if [ -z "$$missing" ]; then exit 0; fi; \
	if [ "$$(id -u)" = 0 ]; then as_root=; \
	elif command -v sudo >/dev/null && { [ -t 0 ] || sudo -n true 2>/dev/null; }; then as_root=sudo; \
	else as_root=none; fi; \
	if [ "$$as_root" != none ]; then \
		echo "Installing$$missing"; \
		$$as_root apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
			$$as_root apt-get install -y -qq --no-install-recommends $$missing >/dev/null && exit 0; \
	fi; \
	echo "voicecoach needs these system packages:$$missing. Have them installed: apt-get install$$missing"; \
else \
	echo "voicecoach needs PortAudio and espeak-ng (on Debian: $(1)). If they are missing, install them."; \
fi
endef

# torch is held: a CPU build of this release is found on some machines, and newer ones bring
# several GB of CUDA.
pins:
	$(BIN)/python -m pip install --quiet uv
	echo torch==2.13.0 | $(BIN)/uv pip compile --quiet --universal --upgrade --python-version 3.10 \
		--all-extras --no-annotate --custom-compile-command 'make pins' \
		--output-file constraints.txt pyproject.toml -
	# Parts of macOS's voice, by its version: pip from 24.1 on stumbles over such a line where
	# the version of the kernel is not a number, as on Linux.
	# pip is the one that installs.
	sed -i.bak '/platform_release/d;/^pip==/d' constraints.txt && rm constraints.txt.bak
