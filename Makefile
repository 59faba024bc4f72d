# Everything sets itself up: a virtual environment in .venv with the versions of constraints.txt.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
PARALLEL := --numprocesses=auto --maxprocesses=8 --dist=worksteal
unexport PYTHONDONTWRITEBYTECODE   # hundreds of processes would compile the same files
export ORT_DISABLE_TELEMETRY := 1   # also in programs that are not ours

.PHONY: demo check test test-busy test-slow test-pythons lint bench profile endurance calibrate test-chaos test-fuzz test-gpu test-api test-page test-diarization bench-diarization bench-hostile test-real bench-real test-recipe clean install uninstall test-system test-machine

demo: $(READY)                ## the real daemon on bundled recordings; MODEL=base: on human speech, fetched once
ifeq ($(MODEL),)
	$(BIN)/transcribid demo
else
	$(BIN)/python -P tests/real/demo.py $(MODEL)
endif

check: $(READY) lint          ## format, lint, types, imports and the unit tests: the inner loop, under a minute
	$(BIN)/pytest $(PARALLEL) tests/unit

test: $(READY) lint           ## everything that needs neither root nor minutes
	$(BIN)/pytest $(PARALLEL)

test-busy: $(READY)           ## its tests beside ten busy processes: none may fail for want of time; TESTS=...: some
	$(BIN)/python -P tests/support/busy.py 10 $(BIN)/pytest $(PARALLEL) $(TESTS)

test-slow: $(READY)           ## the doctor, commands, hooks, resuming: real processes that take their time
	$(BIN)/pytest $(PARALLEL) -m slow

test-pythons:                 ## its tests on each Python from 3.11 on that is here
	tests/support/pythons $(PARALLEL)

lint: $(READY)
	$(BIN)/ruff format --check --quiet
	$(BIN)/ruff check --quiet
	$(BIN)/pyright --warnings
	$(BIN)/lint-imports --no-logo

bench: $(READY) .venv/bench/.ready   ## latency, idle load, a full inbox, and faster-whisper beside us
	$(BIN)/python -P tests/bench/daemon.py
	$(BIN)/python -P tests/bench/engine.py

profile: $(READY) .venv/turbo/model.bin   ## where the engine's time goes, at the size of large-v3-turbo
	$(BIN)/python -P tests/bench/profile.py .venv/turbo daemon/transcribid/starter/recordings/en-long.flac

endurance: $(READY)           ## an engine killed in the middle of an hour, and memory over six; minutes long
	$(BIN)/python -P tests/bench/endurance.py

test-chaos: $(READY)          ## kills, power cuts and slow writers, by the hundred
	$(BIN)/pytest $(PARALLEL) -m chaos

test-fuzz: $(READY)           ## mutated files through the process that decodes; FILES=20000 SEED=1
	$(BIN)/pytest -m fuzz tests/fuzz

test-gpu: $(READY)            ## all that needs a GPU, with a table of its speed; says why where there is none
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[cuda]' \
	  || echo "cuBLAS 12 is not in the package index; one that is installed will do"
	$(BIN)/pytest -m gpu -rs tests/gpu

test-real: $(READY)           ## real Whisper weights, human speech, faster-whisper beside us; SETS=short: minutes
	$(BIN)/pytest -m real -rs tests/real

bench-hostile: $(READY)       ## how long a good note waits among files that attack; FOLDERS='DIR ...': more of them
	$(BIN)/python -P tests/bench/hostile.py $(FOLDERS)

bench-real: $(READY)          ## the figures of that, set by set; OPTIONS='--only SET --json FILE ...'
	$(BIN)/python -P tests/bench/real.py $(OPTIONS)

test-recipe:                  ## train the starter model for a minute, in an environment of its own
	$(PYTHON) -m venv .venv/recipe
	.venv/recipe/bin/pip install --quiet --upgrade pip
	.venv/recipe/bin/pip install --quiet --constraint constraints.txt --editable . --group dev \
	  torch==2.13.0 scipy
	.venv/recipe/bin/pytest -m recipe tests/recipe

bench-diarization: .venv/diarization/.ready   ## its memory and speed, over hours
	.venv/diarization/bin/python -P tests/bench/diarization.py

CALIBRATION := .venv/calibration.json
calibrate: $(READY)           ## thresholds of the verdict, fitted to some voices and tried on others; an hour
	$(BIN)/python -P tests/bench/real.py --ours-only --language auto --json $(CALIBRATION) \
	  $(foreach voice,en es fr it ru,--only $(voice)_ast --only $(voice)_words) --only nl_fil
	$(BIN)/python -P tests/bench/calibrate.py $(CALIBRATION)

test-diarization: .venv/diarization/.ready   ## who said what, with the real pyannote.audio
	.venv/diarization/bin/pytest -m diarization -rs tests/diarization

# This torchaudio is made for CUDA. Without its library it does what pyannote needs in Python.
.venv/diarization/.ready: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv/diarization
	.venv/diarization/bin/pip install --quiet --upgrade pip
	.venv/diarization/bin/pip install --quiet --constraint constraints.txt --editable '.[diarization-cpu]' --group dev \
	  torch==2.13.0 torchaudio==2.11.0 torchcodec==0.13.0
	rm -f .venv/diarization/lib/python3*/site-packages/torchaudio/lib/*.so
	touch $@

.venv/bench/.ready: constraints.txt   # a program to compare with; without it the table says so
	$(PYTHON) -m venv .venv/bench
	.venv/bench/bin/pip install --quiet --constraint constraints.txt whisper-ctranslate2==0.5.8 \
	  && touch $@ || echo "whisper-ctranslate2 cannot be installed and is left out"

.venv/turbo/model.bin: tests/bench/random_model.py | $(READY)   # random weights: for speed alone
	$(BIN)/python -P tests/bench/random_model.py large-v3-turbo .venv/turbo --quantization int8

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --upgrade pip
	$(BIN)/pip install --quiet --constraint constraints.txt --editable . --group dev
	touch $(READY)

test-system: $(READY)         ## as root: a booted systemd, the container, Samba; minutes long
	tests/support/system-packages
	$(BIN)/pytest -m "service or container or samba"

test-machine: $(READY)        ## as root: a kernel of its own in qemu, for what containers lack; eight minutes
	tests/support/system-packages qemu-system-x86 e2fsprogs
	$(BIN)/pytest -m machine -rs tests/service

test-api: $(READY)            ## other programs against the API, and connections that dawdle
	$(PYTHON) -m venv .venv/api
	.venv/api/bin/pip install --quiet openai schemathesis
	$(BIN)/pytest -m api tests/api

test-page: $(READY)           ## the page in a real Chromium (Debian: apt install chromium)
	$(BIN)/pip install --quiet --constraint constraints.txt playwright
	$(BIN)/pytest -m page -rs tests/page

install:                      ## as root, for all users, or an upgrade; without a GPU: EXTRAS=
	systemd/install

uninstall:                    ## as root; configuration, models and recordings stay
	systemd/uninstall

clean:
	rm -rf .venv .pytest_cache .ruff_cache .hypothesis
