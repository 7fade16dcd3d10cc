#ifndef TRAPS_H
#define TRAPS_H
typedef struct tr_adapter {
    struct {
        int x;
    } inner;
    NDIS_HANDLE h; int y;
} TR;
typedef struct tr_other { NDIS_HANDLE other; } OTHER;
NDIS_STATUS tr_dma(NDIS_HANDLE Handle, struct tr_adapter *a, int wide);
#endif
