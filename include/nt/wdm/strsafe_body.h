/* SPDX-License-Identifier: MIT */
/*
 * wdm/strsafe_body.h - the functions of ntstrsafe.h for one character width
 *
 * Included twice by ntstrsafe.h, with DD_NT_SAFE_SUFFIX A or W; no include guard on purpose. Every
 * public function comes down to one of three workers: length, copy (also append) and format.
 */
#define DD_NT_SAFE_GLUE2(a, b) a##b
#define DD_NT_SAFE_GLUE(a, b)  DD_NT_SAFE_GLUE2(a, b)
#define DD_NT_SAFE(name)       DD_NT_SAFE_GLUE(name, DD_NT_SAFE_SUFFIX)

#ifdef DD_NT_SAFE_WIDE
#define DD_NT_SAFE_CHAR WCHAR
#define DD_NT_SAFE_VSN  _vsnwprintf
#else
#define DD_NT_SAFE_CHAR char
#define DD_NT_SAFE_VSN  _vsnprintf
#endif

/* Where the work of one call is kept: destination, its room, and how much is used. */
struct DD_NT_SAFE(drydock_strsafe) {
    DD_NT_SAFE_CHAR *dest;
    size_t cch;
    size_t used;
    DWORD flags;
};

DD_NT_INLINE size_t DD_NT_SAFE(DrydockSafeLen)(const DD_NT_SAFE_CHAR *s, size_t cchMax)
{
    size_t n = 0;

    while (n < cchMax && s[n] != 0) {
        n++;
    }
    return n;
}

/* Apply the flags, report end and room. */
DD_NT_INLINE NTSTATUS DD_NT_SAFE(DrydockSafeEnd)(struct DD_NT_SAFE(drydock_strsafe) * s,
                                                 NTSTATUS status, DD_NT_SAFE_CHAR **ppszEnd,
                                                 size_t *pcchRemaining)
{
    if (status == STATUS_BUFFER_OVERFLOW && (s->flags & STRSAFE_NO_TRUNCATION) != 0) {
        s->dest[0] = 0;
        s->used = 0;
    }
    if (!NT_SUCCESS(status) && (s->flags & STRSAFE_FILL_ON_FAILURE) != 0) {
        (void)memset(s->dest, STRSAFE_GET_FILL_PATTERN(s->flags), s->cch * sizeof(*s->dest));
        s->used = STRSAFE_GET_FILL_PATTERN(s->flags) != 0 ? s->cch - 1 : 0;
        s->dest[s->used] = 0;
    }
    if (!NT_SUCCESS(status) && (s->flags & STRSAFE_NULL_ON_FAILURE) != 0) {
        s->dest[0] = 0;
        s->used = 0;
    }
    if (NT_SUCCESS(status) && (s->flags & STRSAFE_FILL_BEHIND_NULL) != 0) {
        (void)memset(s->dest + s->used + 1, STRSAFE_GET_FILL_PATTERN(s->flags),
                     (s->cch - s->used - 1) * sizeof(*s->dest));
    }
    if (ppszEnd != NULL) {
        *ppszEnd = s->dest + s->used;
    }
    if (pcchRemaining != NULL) {
        *pcchRemaining = s->cch - s->used;
    }
    return status;
}

DD_NT_INLINE NTSTATUS DD_NT_SAFE(DrydockSafeBegin)(struct DD_NT_SAFE(drydock_strsafe) * s,
                                                   DD_NT_SAFE_CHAR *dest, size_t cch, DWORD flags)
{
    s->dest = dest;
    s->cch = cch;
    s->used = 0;
    s->flags = flags;
    return (cch == 0 || cch > NTSTRSAFE_MAX_CCH || dest == NULL) ? STATUS_INVALID_PARAMETER
                                                                 : STATUS_SUCCESS;
}

/* Put at most cchSrc characters of src behind `used`. */
DD_NT_INLINE NTSTATUS DD_NT_SAFE(DrydockSafePut)(struct DD_NT_SAFE(drydock_strsafe) * s,
                                                 const DD_NT_SAFE_CHAR *src, size_t cchSrc)
{
    size_t n = 0;

    while (n < cchSrc && src != NULL && src[n] != 0) {
        if (s->used + 1 >= s->cch) {
            s->dest[s->used] = 0;
            return STATUS_BUFFER_OVERFLOW;
        }
        s->dest[s->used++] = src[n++];
    }
    s->dest[s->used] = 0;
    return STATUS_SUCCESS;
}

/* RtlStringCchLength; IRQL: any. */
NTSTRSAFEAPI DD_NT_SAFE(RtlStringCchLength)(const DD_NT_SAFE_CHAR *psz, size_t cchMax,
                                            size_t *pcchLength)
{
    size_t n;

    if (pcchLength != NULL) {
        *pcchLength = 0;
    }
    if (psz == NULL || cchMax > NTSTRSAFE_MAX_CCH) {
        return STATUS_INVALID_PARAMETER;
    }
    n = DD_NT_SAFE(DrydockSafeLen)(psz, cchMax);
    if (n == cchMax) {
        return STATUS_INVALID_PARAMETER;
    }
    if (pcchLength != NULL) {
        *pcchLength = n;
    }
    return STATUS_SUCCESS;
}

/* RtlStringCbLength; IRQL: any. */
NTSTRSAFEAPI DD_NT_SAFE(RtlStringCbLength)(const DD_NT_SAFE_CHAR *psz, size_t cbMax,
                                           size_t *pcbLength)
{
    NTSTATUS status =
        DD_NT_SAFE(RtlStringCchLength)(psz, cbMax / sizeof(DD_NT_SAFE_CHAR), pcbLength);

    if (pcbLength != NULL) {
        *pcbLength *= sizeof(DD_NT_SAFE_CHAR);
    }
    return status;
}

/* Copy (Append 0) or append (Append 1) at most cchSrc characters. */
DD_NT_INLINE NTSTATUS DD_NT_SAFE(DrydockSafeCopy)(DD_NT_SAFE_CHAR *dest, size_t cch,
                                                  const DD_NT_SAFE_CHAR *src, size_t cchSrc,
                                                  int append, DD_NT_SAFE_CHAR **end,
                                                  size_t *remaining, DWORD flags)
{
    struct DD_NT_SAFE(drydock_strsafe) s;
    NTSTATUS status = DD_NT_SAFE(DrydockSafeBegin)(&s, dest, cch, flags);

    if (!NT_SUCCESS(status) || (src == NULL && (flags & STRSAFE_IGNORE_NULLS) == 0)) {
        return STATUS_INVALID_PARAMETER;
    }
    if (append) {
        s.used = DD_NT_SAFE(DrydockSafeLen)(dest, cch);
        if (s.used == cch) {
            return STATUS_INVALID_PARAMETER;
        }
    }
    status = DD_NT_SAFE(DrydockSafePut)(&s, src, cchSrc);
    return DD_NT_SAFE(DrydockSafeEnd)(&s, status, end, remaining);
}

DD_NT_INLINE NTSTATUS DD_NT_SAFE(DrydockSafeFormat)(DD_NT_SAFE_CHAR *dest, size_t cch,
                                                    DD_NT_SAFE_CHAR **end, size_t *remaining,
                                                    DWORD flags, const DD_NT_SAFE_CHAR *format,
                                                    va_list args)
{
    struct DD_NT_SAFE(drydock_strsafe) s;
    NTSTATUS status = DD_NT_SAFE(DrydockSafeBegin)(&s, dest, cch, flags);
    int n;

    if (!NT_SUCCESS(status) || format == NULL) {
        return STATUS_INVALID_PARAMETER;
    }
    n = DD_NT_SAFE_VSN(dest, cch - 1, format, args);
    if (n < 0 || (size_t)n > cch - 1) {
        s.used = cch - 1;
        status = STATUS_BUFFER_OVERFLOW;
    } else {
        s.used = (size_t)n;
    }
    dest[s.used] = 0;
    return DD_NT_SAFE(DrydockSafeEnd)(&s, status, end, remaining);
}

#define DD_NT_SAFE_FAMILY(kind, in, count)                                                         \
    NTSTRSAFEAPI DD_NT_SAFE(RtlString##kind##Copy)(DD_NT_SAFE_CHAR * pszDest, size_t size,         \
                                                   const DD_NT_SAFE_CHAR *pszSrc)                  \
    {                                                                                              \
        return DD_NT_SAFE(DrydockSafeCopy)(pszDest, in(size), pszSrc, NTSTRSAFE_MAX_CCH, 0, NULL,  \
                                           NULL, 0);                                               \
    }                                                                                              \
    NTSTRSAFEAPI DD_NT_SAFE(RtlString##kind##CopyN)(DD_NT_SAFE_CHAR * pszDest, size_t size,        \
                                                    const DD_NT_SAFE_CHAR *pszSrc, size_t toCopy)  \
    {                                                                                              \
        return DD_NT_SAFE(DrydockSafeCopy)(pszDest, in(size), pszSrc, in(toCopy), 0, NULL, NULL,   \
                                           0);                                                     \
    }                                                                                              \
    NTSTRSAFEAPI DD_NT_SAFE(RtlString##kind##Cat)(DD_NT_SAFE_CHAR * pszDest, size_t size,          \
                                                  const DD_NT_SAFE_CHAR *pszSrc)                   \
    {                                                                                              \
        return DD_NT_SAFE(DrydockSafeCopy)(pszDest, in(size), pszSrc, NTSTRSAFE_MAX_CCH, 1, NULL,  \
                                           NULL, 0);                                               \
    }                                                                                              \
    NTSTRSAFEAPI DD_NT_SAFE(RtlString##kind##CatN)(DD_NT_SAFE_CHAR * pszDest, size_t size,         \
                                                   const DD_NT_SAFE_CHAR *pszSrc, size_t toAppend) \
    {                                                                                              \
        return DD_NT_SAFE(DrydockSafeCopy)(pszDest, in(size), pszSrc, in(toAppend), 1, NULL, NULL, \
                                           0);                                                     \
    }                                                                                              \
    NTSTRSAFEAPI DD_NT_SAFE(RtlString##kind##VPrintf)(DD_NT_SAFE_CHAR * pszDest, size_t size,      \
                                                      const DD_NT_SAFE_CHAR *pszFormat,            \
                                                      va_list argList)                             \
    {                                                                                              \
        return DD_NT_SAFE(DrydockSafeFormat)(pszDest, in(size), NULL, NULL, 0, pszFormat,          \
                                             argList);                                             \
    }                                                                                              \
    NTSTRSAFEAPI DD_NT_SAFE(RtlString##kind##Printf)(DD_NT_SAFE_CHAR * pszDest, size_t size,       \
                                                     const DD_NT_SAFE_CHAR *pszFormat, ...)        \
    {                                                                                              \
        va_list args;                                                                              \
        NTSTATUS status;                                                                           \
        va_start(args, pszFormat);                                                                 \
        status = DD_NT_SAFE(DrydockSafeFormat)(pszDest, in(size), NULL, NULL, 0, pszFormat, args); \
        va_end(args);                                                                              \
        return status;                                                                             \
    }                                                                                              \
    NTSTRSAFEAPI DD_NT_SAFE(RtlString##kind##CopyEx)(DD_NT_SAFE_CHAR * pszDest, size_t size,       \
                                                     const DD_NT_SAFE_CHAR *pszSrc,                \
                                                     DD_NT_SAFE_CHAR **ppszDestEnd,                \
                                                     size_t *pRemaining, DWORD dwFlags)            \
    {                                                                                              \
        NTSTATUS status =                                                                          \
            DD_NT_SAFE(DrydockSafeCopy)(pszDest, in(size), pszSrc, NTSTRSAFE_MAX_CCH, 0,           \
                                        ppszDestEnd, pRemaining, dwFlags);                         \
        count(pRemaining);                                                                         \
        return status;                                                                             \
    }                                                                                              \
    NTSTRSAFEAPI DD_NT_SAFE(RtlString##kind##CatEx)(DD_NT_SAFE_CHAR * pszDest, size_t size,        \
                                                    const DD_NT_SAFE_CHAR *pszSrc,                 \
                                                    DD_NT_SAFE_CHAR **ppszDestEnd,                 \
                                                    size_t *pRemaining, DWORD dwFlags)             \
    {                                                                                              \
        NTSTATUS status =                                                                          \
            DD_NT_SAFE(DrydockSafeCopy)(pszDest, in(size), pszSrc, NTSTRSAFE_MAX_CCH, 1,           \
                                        ppszDestEnd, pRemaining, dwFlags);                         \
        count(pRemaining);                                                                         \
        return status;                                                                             \
    }                                                                                              \
    NTSTRSAFEAPI DD_NT_SAFE(RtlString##kind##VPrintfEx)(DD_NT_SAFE_CHAR * pszDest, size_t size,    \
                                                        DD_NT_SAFE_CHAR * *ppszDestEnd,            \
                                                        size_t * pRemaining, DWORD dwFlags,        \
                                                        const DD_NT_SAFE_CHAR *pszFormat,          \
                                                        va_list argList)                           \
    {                                                                                              \
        NTSTATUS status = DD_NT_SAFE(DrydockSafeFormat)(pszDest, in(size), ppszDestEnd,            \
                                                        pRemaining, dwFlags, pszFormat, argList);  \
        count(pRemaining);                                                                         \
        return status;                                                                             \
    }                                                                                              \
    NTSTRSAFEAPI DD_NT_SAFE(RtlString##kind##PrintfEx)(DD_NT_SAFE_CHAR * pszDest, size_t size,     \
                                                       DD_NT_SAFE_CHAR * *ppszDestEnd,             \
                                                       size_t * pRemaining, DWORD dwFlags,         \
                                                       const DD_NT_SAFE_CHAR *pszFormat, ...)      \
    {                                                                                              \
        va_list args;                                                                              \
        NTSTATUS status;                                                                           \
        va_start(args, pszFormat);                                                                 \
        status = DD_NT_SAFE(DrydockSafeFormat)(pszDest, in(size), ppszDestEnd, pRemaining,         \
                                               dwFlags, pszFormat, args);                          \
        va_end(args);                                                                              \
        count(pRemaining);                                                                         \
        return status;                                                                             \
    }

#define DD_NT_SAFE_IN_CCH(n)  (n)
#define DD_NT_SAFE_IN_CB(n)   ((n) / sizeof(DD_NT_SAFE_CHAR))
#define DD_NT_SAFE_OUT_CCH(p) (void)(p)
#define DD_NT_SAFE_OUT_CB(p)                                                                       \
    if ((p) != NULL) {                                                                             \
        *(p) *= sizeof(DD_NT_SAFE_CHAR);                                                           \
    }

DD_NT_SAFE_FAMILY(Cch, DD_NT_SAFE_IN_CCH, DD_NT_SAFE_OUT_CCH)
DD_NT_SAFE_FAMILY(Cb, DD_NT_SAFE_IN_CB, DD_NT_SAFE_OUT_CB)

#undef DD_NT_SAFE_IN_CCH
#undef DD_NT_SAFE_IN_CB
#undef DD_NT_SAFE_OUT_CCH
#undef DD_NT_SAFE_OUT_CB
#undef DD_NT_SAFE_FAMILY
#undef DD_NT_SAFE_CHAR
#undef DD_NT_SAFE_VSN
#undef DD_NT_SAFE
#undef DD_NT_SAFE_GLUE
#undef DD_NT_SAFE_GLUE2
