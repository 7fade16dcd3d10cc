/* SPDX-License-Identifier: MIT */
#pragma once

#include "Kernel.hpp"

enum class State : UCHAR { Paused, Running };

/* overloads and literals that the data model must not confuse */
constexpr int Width(char)
{
    return 8;
}
constexpr int Width(long)
{
    return 32;
}
constexpr int Width(long long)
{
    return 64;
}
constexpr unsigned long long operator"" _k(unsigned long long v)
{
    return v * 1024;
}
static_assert(Width(1L) == 32 && Width(1LL) == 64 && sizeof(long) == 4);
static_assert(sizeof(4_k) == 8 && 4_k == 0x1'000L && sizeof(L'x') == 2);

struct Counters {
    long long sent = 0;
    unsigned long bytes = 0;
};

class Device
{
  public:
    virtual ~Device() = default;
    virtual const unsigned char *Address() const = 0;
};

class Adapter final : public Device
{
  public:
    explicit Adapter(NDIS_HANDLE h) : handle(h)
    {
    }
    const unsigned char *Address() const override
    {
        return mac;
    }
    NDIS_STATUS Start();
    NDIS_STATUS Answer(PNDIS_OID_REQUEST request);
    void Send(PNET_BUFFER_LIST lists, ULONG flags);
    void Become(State s)
    {
        SpinLock::Holder hold(lock);

        state = s;
    }

  private:
    NDIS_STATUS SetRegistration();
    NDIS_STATUS SetGeneral();

    NDIS_HANDLE handle;
    SpinLock lock;
    State state = State::Paused;
    Counters counters;
    unsigned char mac[6] = {0x02, 0, 0, 0xc0, 0xff, 0xee};
};
