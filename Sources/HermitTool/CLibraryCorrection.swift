/// A mistake of newlib's that is put right in the source before it is built:
/// what stands in a file, and what takes its place.
struct CLibraryCorrection: CustomStringConvertible {
    /// Below the folder `newlib`.
    let file: String
    let old: String
    let new: String

    var description: String { "\(file): \(old) -> \(new)" }

    /// The file's text, corrected.
    ///
    /// - Throws: Where there is nothing to correct, as in another version.
    func apply(to text: String) throws -> String {
        guard text.contains(old) else {
            throw ToolError("newlib's \(file) is not the one that is known: '\(old)' is not in it")
        }
        return text.replacing(old, with: new)
    }

    static let all = formats + scanning + floats + gamma + surrogates + streams + files + opening + longDoubles

    /// Streams are read and written by functions that are no cancellation
    /// points: there is nothing to hold off meanwhile.
    private static let streams = [
        CLibraryCorrection(
            file: "libc/stdio/local.h", old: "    && !defined (__rtems__)\n#define _STDIO_WITH",
            new: "    && !defined (__rtems__) && !defined (__hermit__)\n#define _STDIO_WITH")
    ]

    /// Descriptors tell how they are open; and what is opened to be added to is
    /// read from its beginning, as on other systems.
    private static let opening = [
        CLibraryCorrection(file: "libc/stdio/fdopen.c", old: "#ifdef HAVE_FCNTL", new: "#if 1"),
        CLibraryCorrection(file: "libc/stdio/freopen.c", old: "#ifdef HAVE_FCNTL", new: "#if 1"),
        CLibraryCorrection(
            file: "libc/stdio/fopen.c", old: "if (fp->_flags & __SAPP)",
            new: "if ((fp->_flags & (__SAPP | __SRW)) == __SAPP)"),
    ]

    /// What newlib's headers declare for other systems only, and widths.
    private static let files = [
        // A file may have more names than 16 bits count.
        CLibraryCorrection(
            file: "libc/include/sys/_types.h", old: "typedef\tunsigned short\t__nlink_t;",
            new: "typedef\tunsigned long\t__nlink_t;"),
        CLibraryCorrection(
            file: "libc/include/sys/stat.h", old: "#if defined (__SPU__) || defined(__rtems__)",
            new: "#if 1 || defined (__SPU__) || defined(__rtems__)"),
        CLibraryCorrection(
            file: "libc/include/sys/stat.h", old: "S_BLKSIZE  1024", new: "S_BLKSIZE  512"),
        // As on Linux: no program passes them for nanoseconds by mistake.
        CLibraryCorrection(
            file: "libc/include/sys/stat.h",
            old: "#if defined(__CYGWIN__)\n/* Special tv_nsec values for futimens(2) and"
                + " utimensat(2). */\n#define UTIME_NOW\t-2L\n#define UTIME_OMIT\t-1L",
            new: "#if __POSIX_VISIBLE >= 200809\n#define UTIME_NOW 0x3fffffffL\n"
                + "#define UTIME_OMIT 0x3ffffffeL"),
    ]

    /// Functions of long double that are there (Sources/Newlib/long_double.c).
    private static let longDoubles = [
        CLibraryCorrection(
            file: "libc/include/math.h",
            old: "#ifdef __i386__\n/* Other long double precision functions.  */\n",
            new: "#ifdef __x86_64__\nextern long double ceill (long double);\n"
                + "extern long double floorl (long double);\nextern long double truncl (long double);\n"
                + "extern long double roundl (long double);\nextern long double rintl (long double);\n"
                + "extern long int lrintl (long double);\nextern long long int llrintl (long double);\n"
                + "extern long int lroundl (long double);\nextern long long int llroundl (long double);\n"
                + "#elif defined (__i386__)\n")
    ]

    /// Functions that hand on a variable list of arguments by the address of
    /// their own argument, which is no list where the type is an array, as on
    /// x86-64; and where digits come from (Sources/Newlib/digits.c).
    private static let formats =
        ["vfprintf.c", "vfscanf.c", "vfwprintf.c", "vfwscanf.c"].map {
            CLibraryCorrection(
                file: "libc/stdio/" + $0, old: "&ap, &numargs", new: "(va_list *) ap, &numargs")
        }
        + ["vfprintf.c", "vfwprintf.c"].map {
            CLibraryCorrection(file: "libc/stdio/" + $0, old: "_ldtoa_r", new: "__hermit_digits")
        }

    /// A number that was scanned and is zero has lost its sign, as the buffer
    /// holds nothing else of it, and a float was rounded twice (C11 7.21.6.2).
    private static let scanning = [
        scanned("vfscanf.c", "res = _strtod_r (rptr, buf, NULL);", "res", "_strtod_r (rptr, "),
        scanned("vfscanf.c", "qres = _strtold_r (rptr, buf, NULL);", "qres", "_strtold_r (rptr, "),
        scanned("vfscanf.c", "*flp = res;", "*flp", "strtof ("),
        scanned("vfwscanf.c", "res = _wcstod_r (rptr, buf, NULL);", "res", "_wcstod_r (rptr, "),
        scanned("vfwscanf.c", "*flp = res;", "*flp", "wcstof ("),
    ]
    private static func scanned(
        _ file: String, _ old: String, _ result: String, _ call: String
    ) -> CLibraryCorrection {
        CLibraryCorrection(
            file: "libc/stdio/" + file, old: old,
            new: "\(result) = *buf == '-' ? -\(call)buf + 1, NULL) : \(call)buf, NULL);")
    }

    /// `strtof` rounded twice (Sources/Newlib/float.c).
    private static let floats = ["loc", "__get_current_locale ()"].map { locale in
        CLibraryCorrection(
            file: "libc/stdlib/strtod.c",
            old: "double val = _strtod_l (_REENT, s00, se, \(locale));\n  if (isnan (val))\n"
                + "    return signbit (val) ? -nanf",
            new: "extern double __hermit_float (struct _reent *, const char *, char **, locale_t);\n"
                + "  double val = __hermit_float (_REENT, s00, se, \(locale));\n  if (isnan (val))\n"
                + "    return signbit (val) ? -nanf")
    }

    /// `gamma` is the logarithm of the gamma function, as newlib's manual says,
    /// and not the function itself, which is `tgamma`.
    private static let gamma = ["w_gamma.c", "wf_gamma.c", "wr_gamma.c", "wrf_gamma.c"].map {
        CLibraryCorrection(file: "libm/math/" + $0, old: "__ieee754_gamma", new: "__ieee754_lgamma")
    }

    /// UTF-8 has no surrogates (RFC 3629 3).
    private static let surrogates = [
        CLibraryCorrection(
            file: "libc/stdlib/mbtowc_r.c",
            old: "(state->__value.__wchb[0] == 0xe0 && ch < 0xa0)",
            new: "((state->__value.__wchb[0] == 0xe0 && ch < 0xa0)"
                + " || (state->__value.__wchb[0] == 0xed && ch >= 0xa0))"),
        CLibraryCorrection(
            file: "libc/stdlib/wctomb_r.c", old: "if (wchar >= 0x800 && wchar <= 0xffff)",
            new: "if (wchar >= 0x800 && wchar <= 0xffff && (wchar < 0xd800 || wchar > 0xdfff))"),
    ]
}
