#include "nodes.h"

#define FORM_SINGLE 4u
#define FORM_JOB 5u
#define FORM_TABLE 6u
#define FORM_ENTRY 7u

#define ID_MASK (((uint64_t)1 << OTS_NODE_FORM_SHIFT) - 1)
#define PART_BITS 4
#define PART_MASK 15u

static uint64_t number_of(unsigned form, uint64_t id)
{
	return (uint64_t)form << OTS_NODE_FORM_SHIFT | (id & ID_MASK);
}

static enum ots_node_class class_of_single(uint64_t id)
{
	const bool known = (id >= NODE_README && id <= NODE_JOBS) || id == NODE_RESTORE;

	return known ? (enum ots_node_class)id : NODE_UNKNOWN;
}

static enum ots_node_class class_of_job(enum job_part part)
{
	switch (part) {
	case JOB_FOLDER: return NODE_JOB;
	case JOB_PLAN:
	case JOB_STATUS:
	case JOB_REPORT: return NODE_JOB_FILE;
	case JOB_DEAD: return NODE_JOB_DEAD;
	case JOB_CONTROL: return NODE_JOB_CONTROL;
	}
	return NODE_UNKNOWN;
}

enum ots_node_class ots_node_class(uint64_t number)
{
	switch (ots_node_form(number)) {
	case 0: return number == 1 ? NODE_ROOT : NODE_UNKNOWN;
	case OTS_NODE_FORM_FOLDER: return NODE_CATALOG_FOLDER;
	case OTS_NODE_FORM_RAW:
	case OTS_NODE_FORM_JSONL: return NODE_CATALOG_FILE;
	case FORM_SINGLE: return class_of_single(number & ID_MASK);
	case FORM_JOB: return class_of_job(ots_node_job_part(number));
	case FORM_TABLE: return NODE_TABLE;
	case FORM_ENTRY: return NODE_ENTRY;
	default: return NODE_UNKNOWN;
	}
}

uint64_t ots_node_single(enum ots_node_class class)
{
	return number_of(FORM_SINGLE, (uint64_t) class);
}

uint64_t ots_node_job(size_t index, enum job_part part)
{
	return number_of(FORM_JOB, (uint64_t)index << PART_BITS | (uint64_t)part);
}

size_t ots_node_job_index(uint64_t number)
{
	return (size_t)((number & ID_MASK) >> PART_BITS);
}

enum job_part ots_node_job_part(uint64_t number)
{
	return (enum job_part)(number & PART_MASK);
}

const char *ots_job_part_name(enum job_part part)
{
	switch (part) {
	case JOB_FOLDER: return "";
	case JOB_PLAN: return "plan.json";
	case JOB_STATUS: return "status.json";
	case JOB_REPORT: return "report.json";
	case JOB_DEAD: return "dead.jsonl";
	case JOB_CONTROL: return "control";
	}
	return "";
}

uint64_t ots_node_table(size_t index)
{
	return number_of(FORM_TABLE, (uint64_t)index);
}

size_t ots_node_table_index(uint64_t number)
{
	return (size_t)(number & ID_MASK);
}

uint64_t ots_node_entry(uint64_t serial)
{
	return number_of(FORM_ENTRY, serial);
}
