/* SPDX-License-Identifier: MIT */
/* What a C++ driver brings along: memory, ownership, lists over NDIS types. */
#pragma once

extern "C" {
#include <NDIS.H>
}
#include <new>

constexpr ULONG PoolTag = 'ppcM';

void *operator new(size_t bytes, POOL_TYPE type, ULONG tag) noexcept;
void operator delete(void *p) noexcept;
void operator delete(void *p, size_t) noexcept;

/* an object of NDIS begins with a header that says what it is */
template <typename T> T Described(UCHAR type, UCHAR revision, USHORT size)
{
    T object;

    NdisZeroMemory(&object, sizeof(object));
    object.Header.Type = type;
    object.Header.Revision = revision;
    object.Header.Size = size;
    return object;
}

/* each list of a chain that is linked by its own Next */
template <typename F> void EachList(PNET_BUFFER_LIST first, F &&visit)
{
    while (first != nullptr) {
        PNET_BUFFER_LIST next = NET_BUFFER_LIST_NEXT_NBL(first);

        visit(first);
        first = next;
    }
}

class SpinLock
{
  public:
    SpinLock()
    {
        NdisAllocateSpinLock(&lock);
    }
    ~SpinLock()
    {
        NdisFreeSpinLock(&lock);
    }
    SpinLock(const SpinLock &) = delete;

    class Holder
    {
      public:
        explicit Holder(SpinLock &l) : held(l.lock)
        {
            NdisAcquireSpinLock(&held);
        }
        ~Holder()
        {
            NdisReleaseSpinLock(&held);
        }

      private:
        NDIS_SPIN_LOCK &held;
    };

  private:
    NDIS_SPIN_LOCK lock;
};
