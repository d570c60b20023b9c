# `make` builds what people run; V=debug, asan or tsan and CC=clang pick a variant, each in a folder
# of its own. `make help` lists the targets.
ifeq ($(origin CC),default)
CC := gcc
endif
V ?= release
B ?= build/$(notdir $(CC))-$(V)
GEN := build/gen

# Commands are shown in short; VERBOSE=1 shows them whole.
Q := $(if $(VERBOSE),,@)

include rooms.mk

WARN := -Wall -Wextra -Wpedantic -Werror -Wconversion -Wsign-conversion -Wshadow -Wvla -Wundef \
	-Wcast-qual -Wwrite-strings -Wformat=2 -Wswitch-enum -Wstrict-prototypes -Wmissing-prototypes
release_FLAGS := -O2 -g -D_FORTIFY_SOURCE=2 -fstack-protector-strong
debug_FLAGS := -O0 -g3
asan_FLAGS := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
tsan_FLAGS := -O1 -g -fsanitize=thread
coverage_FLAGS := -O0 -g --coverage
fuzz_FLAGS := -O1 -g -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all

# Flags of the libraries; written after setup has run, whereupon make starts itself again.
ifneq ($(filter-out clean help setup test format check-format layers banned,$(or $(MAKECMDGOALS),all)),)
include build/deps.mk
endif

CPPFLAGS += -Iinclude -isystem $(GEN) -D_POSIX_C_SOURCE=200809L $(DEPS_CFLAGS)
CFLAGS += -std=c11 $(WARN) $($(V)_FLAGS) -pthread
LDLIBS += $(DEPS_LIBS) -lm -pthread

# --- what there is
sources = $(sort $(wildcard $(addsuffix /*.c,$(1)) $(addsuffix /*/*.c,$(1)) \
	$(addsuffix /*/*/*.c,$(1))))
objects = $(patsubst %.c,$(B)/%.o,$(1))
PROTO := $(wildcard core/tablestore/wire/*.proto)
PB_C := $(patsubst core/tablestore/wire/%.proto,$(GEN)/%.pb-c.c,$(PROTO))
PB_O := $(patsubst $(GEN)/%.c,$(B)/gen/%.o,$(PB_C))
# Objects of a room; the messages of the wire belong to tablestore.
room_objects = $(call objects,$(call sources,core/$(1))) $(if $(filter tablestore,$(1)),$(PB_O))
# A room and all it stands on, in link order.
closure = $(sort $(1) $(foreach r,$(ALLOW_$(1)),$(call closure,$(r))))
closure_objects = $(foreach r,$(call closure,$(1)),$(call room_objects,$(r)))
CORE_O := $(foreach r,$(ROOMS),$(call room_objects,$(r)))
FS_O := $(call objects,$(call sources,fs))
SERVICE_O := $(call objects,$(call sources,tools/service))
# What the service shares with the client of OSS: signatures, nothing that talks.
OSS_SIGN_O := $(call objects,$(wildcard core/object/oss/sign*.c))
OTSFS_O := $(call objects,$(call sources,tools/otsfs)) $(B)/gen/demo_data.o
SUPPORT_O := $(call objects,$(call sources,tests/support))

.PHONY: all setup demo test unit integration interop asan tsan fuzz fuzz-replay soak faults stress \
	coverage lint analyze format check-format layers headers banned bench bench-oss install clean help
all: build/otsfs

help:
	@echo 'make [V=release|debug|asan|tsan] [CC=gcc|clang] TARGET'
	@echo '  all setup demo test install clean'
	@echo '  unit integration interop asan tsan fuzz soak faults stress coverage bench bench-oss'
	@echo '  lint analyze format layers headers'

setup:
	@sh tools/build/setup build

build/deps.mk: tools/build/packages tools/build/setup tools/build/pkg-flags
	@sh tools/build/setup build
	@mkdir -p build
	@sh tools/build/pkg-flags > $@.new && mv $@.new $@

# --- objects
$(B)/%.o: %.c Makefile rooms.mk | $(PB_C)
	@mkdir -p $(@D)
	$(if $(VERBOSE),,@echo '  CC $@')
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c $< -o $@

# One file may use AVX2 where there is such a thing; it runs only where the processor has it.
ifneq ($(filter x86_64 amd64,$(shell uname -m)),)
$(B)/core/parquet/text/rows_avx2.o: CFLAGS += -mavx2 -mbmi -mbmi2 -mlzcnt -mpopcnt
endif

# What protoc-c writes is not ours to keep free of warnings.
$(GEN)/%.pb-c.c $(GEN)/%.pb-c.h: core/tablestore/wire/%.proto
	@mkdir -p $(GEN)
	protoc-c --c_out=$(GEN) --proto_path=core/tablestore/wire $<

$(B)/gen/%.o: $(GEN)/%.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) -std=c11 -w $($(V)_FLAGS) -MMD -MP -c $< -o $@

$(GEN)/demo_data.c: tools/build/embed $(wildcard tests/data/tunnel/*.csv tests/data/expected/tunnel-T1700000060000-v3.json)
	@mkdir -p $(GEN)
	sh tools/build/embed $(filter tests/data/%,$^) > $@.new && mv $@.new $@

-include $(shell find $(B) -name '*.d' 2>/dev/null)

# --- the program
$(B)/gen/demo_data.o: CPPFLAGS += -Itools/otsfs
$(B)/otsfs: $(OTSFS_O) $(FS_O) $(SERVICE_O) $(CORE_O)
	$(if $(VERBOSE),,@echo '  LD $@')
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) $^ $(LDLIBS) -o $@

build/otsfs: $(B)/otsfs
	@cp $< $@.new && mv $@.new $@

demo: build/otsfs
	./build/otsfs demo

# --- unit tests: one program a room, linked with that room and what it may include only
# An archive, so that each program takes the helpers it names and no others.
$(B)/support.a: $(SUPPORT_O)
	@rm -f $@
	$(Q)$(AR) rcs $@ $^

UNIT_ROOMS := $(filter $(ROOMS) fs service,$(notdir $(wildcard tests/unit/*)))
define unit_rule
$(B)/unit/$(1): $(call objects,$(call sources,tests/unit/$(1))) $(B)/support.a $(2)
	@mkdir -p $$(@D)
	$$(if $$(VERBOSE),,@echo '  LD $$@')
	$$(Q)$$(CC) $$(CFLAGS) $$(LDFLAGS) $$^ $$(LDLIBS) -lcriterion -o $$@
endef
$(foreach r,$(filter $(ROOMS),$(UNIT_ROOMS)),$(eval $(call unit_rule,$(r),$(call closure_objects,$(r)))))
$(if $(filter fs,$(UNIT_ROOMS)),$(eval $(call unit_rule,fs,$(FS_O) $(CORE_O))))
$(if $(filter service,$(UNIT_ROOMS)),$(eval $(call unit_rule,service,$(SERVICE_O) $(call closure_objects,tablestore) $(OSS_SIGN_O))))

# Its tests make allocations fail (tests/unit/service/failing_alloc.c).
$(B)/unit/service: LDFLAGS += -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc

unit: $(addprefix $(B)/unit/,$(UNIT_ROOMS))
	@sh tools/build/run-unit $(B) $^

# make unit-text: one room's tests while working on it
unit-%: $(B)/unit/%
	@sh tools/build/run-unit $(B) $<

# --- fuzz targets: the same source replays its corpus in plain tests and hunts under libFuzzer;
# they see core/ and the local service
FUZZERS := $(patsubst tests/fuzz/%_fuzz.c,%,$(wildcard tests/fuzz/*_fuzz.c))
$(B)/fuzz/%: $(B)/tests/fuzz/%_fuzz.o $(B)/tests/fuzz/replay_main.o $(SERVICE_O) $(CORE_O)
	@mkdir -p $(@D)
	$(if $(VERBOSE),,@echo '  LD $@')
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) $^ $(LDLIBS) -o $@

fuzz-replay: $(addprefix $(B)/fuzz/,$(FUZZERS))
	@sh tools/build/run-replay $(B) $(FUZZERS)

FUZZ_SECONDS ?= 60
FB := build/clang-fuzz
ifeq ($(V),fuzz)
$(B)/hunt/%: $(B)/tests/fuzz/%_fuzz.o $(SERVICE_O) $(CORE_O)
	@mkdir -p $(@D)
	$(if $(VERBOSE),,@echo '  LD $@')
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -fsanitize=fuzzer $^ $(LDLIBS) -o $@
hunters: $(addprefix $(B)/hunt/,$(FUZZERS))
endif
fuzz:
	$(MAKE) V=fuzz CC=clang hunters
	@sh tools/build/run-fuzz $(FB) $(FUZZ_SECONDS) $(FUZZERS)

# --- whole-program tests
integration: build/otsfs
	@sh tools/build/run-pytest tests/integration

# Our client as a program of JSON lines, for tests in other languages; it lies beside the otsfs that
# is tested.
DRIVER_O := $(call objects,$(call sources,tests/interop/driver))
$(B)/interop/driver: $(DRIVER_O) $(call closure_objects,tablestore)
	@mkdir -p $(@D)
	$(if $(VERBOSE),,@echo '  LD $@')
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) $^ $(LDLIBS) -o $@
build/interop/driver: $(B)/interop/driver
	@mkdir -p $(@D)
	@cp $< $@.new && mv $@.new $@

# V=asan and V=tsan put the service under the load of the SDKs and fail on what they report.
interop: $(B)/otsfs $(B)/interop/driver
	@OTSFS=$(abspath $<) sh tools/build/run-pytest tests/interop

soak: build/otsfs
	@sh tools/build/run-pytest tests/integration/soak.py

# Ten thousand reads of a bucket that fails on cue; the test command makes some hundred of them.
faults: build/otsfs
	@FAULT_READS=10000 sh tools/build/run-pytest tests/integration/test_oss_faults.py

# Races: small programs of their own, since Criterion does not start under TSan.
STRESS := $(patsubst tests/stress/%.c,%,$(wildcard tests/stress/*.c))
$(B)/stress/%: $(B)/tests/stress/%.o $(B)/support.a $(CORE_O)
	@mkdir -p $(@D)
	$(if $(VERBOSE),,@echo '  LD $@')
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) $^ $(LDLIBS) -o $@
# It asks what the service asks of a fault file.
$(B)/stress/fault_stress: $(SERVICE_O)
stress: $(addprefix $(B)/stress/,$(STRESS))
	@sh tools/build/run-stress $(B) $(STRESS)

asan:
	$(MAKE) V=asan unit fuzz-replay
tsan:
	$(MAKE) V=tsan stress

test:
	@sh tools/build/setup test
	@sh tools/build/run-all

coverage:
	$(MAKE) V=coverage unit fuzz-replay
	gcovr --root . --filter core/ --object-directory build/$(CC)-coverage --print-summary

# --- benchmarks: never part of a test
BENCHES := $(patsubst tools/bench/%_bench.c,%,$(wildcard tools/bench/*_bench.c))
$(B)/bench/%: $(B)/tools/bench/%_bench.o $(B)/tools/bench/bench_rows.o $(B)/tools/gen/case_study.o $(CORE_O)
	@mkdir -p $(@D)
	$(if $(VERBOSE),,@echo '  LD $@')
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) $^ $(LDLIBS) -o $@
$(B)/gen-data: $(call objects,$(call sources,tools/gen)) $(CORE_O)
	$(if $(VERBOSE),,@echo '  LD $@')
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) $^ $(LDLIBS) -o $@
# It goes through the engine of the service.
$(B)/bench/service: $(SERVICE_O)
bench: build/otsfs $(addprefix $(B)/bench/,$(BENCHES)) $(B)/gen-data
	@sh tools/bench/run $(B)
# A bucket through a mount; FIGURES="throughput tree latency" picks some, KEYS and ROUNDS say how much.
bench-oss: build/otsfs
	python3 tools/bench/oss_mount.py $(FIGURES)

# --- style
# Found, not asked of git: git knows nothing in an unpacked archive and refuses a tree of another user.
C_FILES = $(shell find core fs include tests tools -name '*.[ch]')
format:
	clang-format -i $(C_FILES)
layers:
	@sh tools/build/layers
# Every header compiles alone.
headers: | $(PB_C)
	@sh tools/build/headers '$(CC)' '$(CPPFLAGS) -std=c11 $(WARN)'
# Calls that may not be made; and Criterion does not count a test that was skipped.
banned:
	@! grep -nwE '(strcpy|strcat|sprintf|strtok|atoi|gets|alloca|cr_skip_test)[ ]*\(|\.disabled *=' $(C_FILES)
check-format:
	@clang-format --dry-run -Werror $(C_FILES)
lint: layers headers banned check-format
	@sh tools/build/tidy '$(CPPFLAGS)'
analyze: | $(PB_C)
	@sh tools/build/analyze '$(CPPFLAGS)'

# --- installing
PREFIX ?= /usr/local
install: build/otsfs
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/man/man1
	install -m 0755 build/otsfs $(DESTDIR)$(PREFIX)/bin/otsfs
	ln -sf otsfs $(DESTDIR)$(PREFIX)/bin/mount.fuse.otsfs
	install -m 0644 docs/man/otsfs.1 $(DESTDIR)$(PREFIX)/share/man/man1/otsfs.1

clean:
	rm -rf build
