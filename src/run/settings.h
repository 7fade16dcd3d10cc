/* SPDX-License-Identifier: MIT */
/* The settings of a run: one table gives names, values, help, parsing and the report. */
#ifndef DD_RUN_SETTINGS_H
#define DD_RUN_SETTINGS_H

#include "dev/dev.h"
#include "dma/dma.h"

enum dd_mdl_shape {
    DD_MDL_FLAT,
    DD_MDL_HEADER_SPLIT,
    DD_MDL_MANY,
    DD_MDL_LEADING_OFFSET,
    DD_MDL_EMPTY_MDLS
};
enum dd_latency {
    DD_LATENCY_DEFERRED,
    DD_LATENCY_INLINE,
    DD_LATENCY_RANDOM
};
enum dd_filter {
    DD_FILTER_PROMISCUOUS,
    DD_FILTER_DIRECTED
};

enum dd_offload {
    DD_OFFLOAD_NONE,
    DD_OFFLOAD_CHECKSUM,
    DD_OFFLOAD_LSO,
    DD_OFFLOAD_ALL
};

enum dd_rss_setting {
    DD_RSS_OFF,
    DD_RSS_ON,
    DD_RSS_REBALANCE
};

#define DD_ADAPTERS_MAX 8u

struct dd_settings {
    struct dd_dma_policy dma; /* iommu, bounce, map-registers, map-registers-per-transfer, callback,
                                 sgl, address-bits */
    uint64_t ram_bytes, ram_high_bytes; /* ram, ram-high */
    enum dd_mdl_shape mdl;
    enum dd_latency device_latency;
    enum dd_irq_mode interrupt; /* default msix */
    enum dd_filter packet_filter;
    enum dd_offload offload;
    enum dd_rss_setting rss;
    unsigned ndis_version; /* major << 16 | minor; "6.87" */
    uint64_t fail;         /* the Nth call; 0: none */
    uint32_t fail_only;    /* enum dd_fail_point + 1: of this kind; 0: of any */
    double watchdog_s;     /* 10 */
    double settle_s;       /* 0.2 */
    unsigned nb_per_nbl;   /* 1 */
    unsigned send_batch;   /* NBLs in a chain per send call: 16 */
    unsigned send_window;  /* NET_BUFFER_LISTs outstanding at most: 256 */
    unsigned
        receive_hold; /* indicated NBLs the edge keeps before it returns them: 0..; default 0 */
    unsigned receive_throttle; /* NET_BUFFER_LISTs a DPC may indicate; 0: no cap */
    unsigned adapters;         /* of the driver, 1 */
    double oid_limit_s;        /* 12 */
    bool link_down;            /* cable out at start */
    uint64_t link_delay_ns;    /* link-delay, ms; default 1 */
    bool prefetch;
    bool hot_plug; /* no setting: the run's events remove or insert the device */
    char personality[32];
};

struct dd_setting {
    const char *name, *values, *what, *explain;
    /* 0 or -EINVAL with a reason */
    int (*parse)(struct dd_settings *s, const char *value, char *why, size_t why_bytes);
    void (*format)(const struct dd_settings *s, char *out, size_t size);
};

extern const struct dd_setting dd_setting_table[];
extern const unsigned dd_setting_count;

void dd_settings_default(struct dd_settings *s);
/* dd_settings_set - "key=value"; an unknown key names the nearest one */
int dd_settings_set(struct dd_settings *s, const char *text, char *why, size_t why_bytes);
/* dd_settings_personality - a named bundle */
int dd_settings_personality(struct dd_settings *s, const char *name, char *why, size_t why_bytes);
struct dd_personality {
    const char *name, *what;
    const char *const *settings; /* NULL-terminated "key=value" */
};
extern const struct dd_personality dd_personalities[];
extern const unsigned dd_personality_count;
/* dd_settings_check - combinations that cannot work */
int dd_settings_check(const struct dd_settings *s, char *why, size_t why_bytes);

#endif
