/* SPDX-License-Identifier: MIT */
/* The report's numbers: path in the report, field of the counters. */
#include "run/report.h"

#include "base/check.h"

#include <string.h>

#define FIELD(group, name, field)                                                                  \
    {                                                                                              \
        group, name, offsetof(struct dd_shared_counters, field)                                    \
    }

static const struct {
    const char *group, *name;
    size_t offset;
} numbers[] = {
    FIELD("send", "net_buffer_lists", send_nbls),
    FIELD("send", "net_buffers", send_nbs),
    FIELD("send", "bytes", send_bytes),
    FIELD("send", "completed", send_completed),
    FIELD("send", "failed", send_failed),
    FIELD("send", "too_long", send_too_long),
    FIELD("receive", "net_buffer_lists", receive_nbls),
    FIELD("receive", "bytes", receive_bytes),
    FIELD("receive", "returned", receive_returned),
    FIELD("dma", "sg_lists_built", sg_lists_built),
    FIELD("dma", "sg_lists_freed", sg_lists_freed),
    FIELD("dma", "sg_elements", sg_elements),
    FIELD("dma", "sg_elements_max", sg_elements_max),
    FIELD("dma", "deferred_callbacks", deferred_callbacks),
    FIELD("dma", "other_cpu_callbacks", other_cpu_callbacks),
    FIELD("dma", "queued_requests", queued_requests),
    FIELD("dma", "bounced_bytes", bounced_bytes),
    FIELD("dma", "map_registers_peak", map_registers_peak),
    FIELD("dma", "shared_memory_bytes_peak", shared_memory_bytes_peak),
    FIELD("dma", "shared_memory_async", shared_memory_async),
    FIELD("dma", "caller_buffers_used", caller_buffers_used),
    FIELD("dma", "own_buffers_used", own_buffers_used),
    FIELD("dma", "iommu_faults", iommu_faults),
    FIELD("interrupts", "delivered", interrupts),
    FIELD("interrupts", "dpcs", dpcs),
    FIELD("registers", "trapped", trapped),
    FIELD("cable", "frames_out", wire_frames_out),
    FIELD("cable", "frames_in", wire_frames_in),
    FIELD("cable", "frames_lost", wire_frames_lost),
    FIELD("cable", "frames_refused", wire_frames_refused),
    FIELD("wire_faults", "dropped", wire_faults[DD_FAULT_DROP]),
    FIELD("wire_faults", "duplicated", wire_faults[DD_FAULT_DUPLICATE]),
    FIELD("wire_faults", "corrupted", wire_faults[DD_FAULT_CORRUPT]),
    FIELD("wire_faults", "reordered", wire_faults[DD_FAULT_REORDER]),
    FIELD("wire_faults", "delayed", wire_faults[DD_FAULT_DELAY]),
    FIELD("tap", "from_kernel", tap.from_kernel),
    FIELD("tap", "to_kernel", tap.to_kernel),
    FIELD("tap", "refused", tap.refused),
    FIELD("tap", "too_long", tap.too_long),
    FIELD("offload", "checksums", offload.checksums),
    FIELD("offload", "large_sends", offload.large_sends),
    FIELD("offload", "large_segments", offload.large_segments),
    FIELD("offload", "verdicts_good", offload.verdicts_good),
    FIELD("offload", "verdicts_bad", offload.verdicts_bad),
    FIELD("rss", "hashed", rss.hashed),
    FIELD("rss", "unhashed", rss.unhashed),
    FIELD("rss", "tables", rss.tables),
    FIELD("events", "pauses", pauses),
    FIELD("events", "restarts", restarts),
    FIELD("events", "resets", resets),
    FIELD("events", "removals", removals),
    FIELD("events", "insertions", insertions),
    FIELD("events", "freezes", freezes),
    FIELD("events", "oids", oids),
    FIELD("fail", "calls", may_fail_calls),
};

static void put_rss_cpus(json_t *root, const struct dd_plan *plan,
                         const struct dd_shared_counters *c)
{
    json_t *cpus = json_array();

    for (unsigned i = 0; i < plan->cpus && i < DD_RSS_CPUS; i++) {
        json_array_append_new(cpus, json_integer((json_int_t)c->rss.cpus[i]));
    }
    json_object_set_new(json_object_get(root, "rss"), "cpus", cpus);
}

void dd_report_put_numbers(json_t *root, const struct dd_plan *plan,
                           const struct dd_shared_counters *c)
{
    for (size_t i = 0; i < DD_ARRAY_LEN(numbers); i++) {
        json_t *group = json_object_get(root, numbers[i].group);
        uint64_t v;

        memcpy(&v, (const char *)c + numbers[i].offset, sizeof(v));
        if (!group) {
            group = json_object();
            json_object_set_new(root, numbers[i].group, group);
        }
        json_object_set_new(group, numbers[i].name, json_integer((json_int_t)v));
    }
    put_rss_cpus(root, plan, c);
}
