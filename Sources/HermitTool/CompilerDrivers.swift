import Foundation

/// The compiler's side of the sysroot, as a cross toolchain has it: the
/// programs `x86_64-hermit-cc` and so on, a configuration file for clang, and
/// the files that configure scripts, CMake and Meson are given. All find the
/// sysroot relative to themselves, but for Meson's, which cannot.
struct CompilerDrivers {
    let sysroot: String
    let toolchain: String

    /// How clang compiles for Hermit.
    ///
    /// clang leaves the linking for a bare machine to gcc. As for Linux it
    /// calls ld.lld itself, with what a static position-independent program
    /// wants; so the driver's target is Linux, the compiler's is not.
    private var compiling: String {
        """
        --target=x86_64-unknown-linux-gnu
        -Xclang -triple -Xclang \(Sysroot.triple)
        --sysroot=<CFGDIR>/../..
        -nostdlibinc -nostdinc++
        -idirafter <CFGDIR>/../../include/c++
        -idirafter <CFGDIR>/../../include
        -D__hermit__ -D__unix__ -D_REENTRANT
        -fPIE -ffunction-sections -fdata-sections
        -fno-omit-frame-pointer -mno-omit-leaf-frame-pointer -fno-asynchronous-unwind-tables -fno-stack-protector
        -fuse-ld=lld -nostdlib

        """
    }

    /// How it compiles and links.
    private var configuration: String {
        """
        @x86_64-hermit-compile.cfg
        -static-pie
        -Wl,-e,\(PublicInterface.entry),--gc-sections,--no-eh-frame-hdr
        -Wl,--symbol-ordering-file=<CFGDIR>/x86_64-hermit.order,--no-warn-symbol-ordering
        -Wl,<CFGDIR>/../../lib/crt0.o
        -Wl,<CFGDIR>/../../lib/hermit.ld
        $-lhermit
        $-lm
        $-lc
        $-lclang_rt.builtins

        """
    }

    /// What is called most often, with what it calls: side by side in one
    /// page or two, of an image that has them. An emulator looks up where a
    /// jump from page to page leads, and takes a fifth longer without this.
    private var order: String {
        let functions = [
            "clock_gettime", "sys_clock_gettime", "machine_store_pair", "malloc", "sys_alloc",
            "free", "sys_dealloc", "memcpy", "getpid", "sys_getpid",
        ]
        return functions.flatMap { [$0, PublicInterface.prefix + $0] }.joined(separator: "\n") + "\n"
    }

    /// A script that runs one of the toolchain's programs.
    private func script(_ program: String, _ words: String) -> String {
        """
        #!/bin/sh
        # The sysroot is beside this file, or beside what it is a link to.
        self=$(readlink -f -- "$0") || exit 1
        sysroot=${self%/*/*}
        exec "${HERMIT_TOOLCHAIN:-\(toolchain)}/\(program)" \(words)"$@"

        """
    }

    /// A compiler's driver. It links whole programs, or with `-r` objects to
    /// a larger one, which gets nothing of the sysroot.
    private func compiler(_ program: String) -> String {
        let words = script(program, "--config=\"$sysroot/share/clang/$configuration\" ")
        return words.replacing(
            "exec ",
            with: """
                # The driver's own answer would be its target for linking.
                [ "$*" = -dumpmachine ] && echo x86_64-unknown-hermit && exit
                configuration=x86_64-hermit.cfg
                for word; do
                \t[ "$word" = -r ] && configuration=x86_64-hermit-compile.cfg
                done
                exec 
                """)
    }

    /// What programs ask for most of what only fails.
    private static let failing = [
        "fork", "vfork", "execve", "execv", "execvp", "daemon", "popen", "posix_spawn", "posix_spawnp",
        "dlopen", "dlsym", "dlfcn_h", "getxattr", "setxattr", "sys_xattr_h", "getloadavg",
    ]

    private var cmake: String {
        """
        # cmake -DCMAKE_TOOLCHAIN_FILE=SYSROOT/share/cmake/hermit.cmake
        set(CMAKE_SYSTEM_NAME Generic)
        set(CMAKE_SYSTEM_PROCESSOR x86_64)
        set(HERMIT TRUE)

        get_filename_component(HERMIT_SYSROOT "${CMAKE_CURRENT_LIST_DIR}/../.." ABSOLUTE)
        foreach(tool AR RANLIB NM STRIP)
          string(TOLOWER ${tool} name)
          set(CMAKE_${tool} "${HERMIT_SYSROOT}/bin/x86_64-hermit-${name}" CACHE FILEPATH "")
        endforeach()
        set(CMAKE_C_COMPILER "${HERMIT_SYSROOT}/bin/x86_64-hermit-cc")
        set(CMAKE_CXX_COMPILER "${HERMIT_SYSROOT}/bin/x86_64-hermit-c++")
        set(CMAKE_ASM_COMPILER "${HERMIT_SYSROOT}/bin/x86_64-hermit-cc")

        set(CMAKE_FIND_ROOT_PATH "${HERMIT_SYSROOT}")
        set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
        set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
        set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
        set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
        set(CMAKE_POSITION_INDEPENDENT_CODE ON)

        # There and only failing, which a check that links does not see (sys/_hermit.h).
        foreach(function \(Self.failing.joined(separator: " ")))
          string(TOUPPER HAVE_${function} variable)
          set(${variable} 0 CACHE INTERNAL "it only fails")
        endforeach()

        """
    }

    /// What a GNU configure script reads first, when it is told where
    /// (CONFIG_SITE), or when it installs into the sysroot (--prefix): that
    /// there is such a system, which the scripts' own lists do not have; its
    /// tools, before those of the machine that builds; what it would find
    /// out by running a program; and what is there and only fails, where it does
    /// not ask sys/_hermit.h for that.
    private var configureSite: String {
        """
        if test "x$host_alias" = xx86_64-hermit; then
          : "${ac_cv_host=x86_64-unknown-hermit}"
          hermit_tool=${ac_site_file%/share/config.site}/bin/x86_64-hermit
          : "${CC=$hermit_tool-cc}" "${CXX=$hermit_tool-c++}" "${AR=$hermit_tool-ar}"
          : "${RANLIB=$hermit_tool-ranlib}" "${NM=$hermit_tool-nm}" "${STRIP=$hermit_tool-strip}"
          : "${ac_cv_func_malloc_0_nonnull=yes}"
          : "${ac_cv_func_calloc_0_nonnull=yes}"
          : "${ac_cv_func_realloc_0_nonnull=yes}"
          : "${ac_cv_func_memcmp_working=yes}"
          : "${ac_cv_func_fork_works=no}" "${ac_cv_func_vfork_works=no}"
          : "${ac_cv_lib_dl_dlopen=no}" "${ac_cv_search_dlopen=no}" "${ac_cv_search_dlsym=no}"
        fi

        """
    }

    private var meson: String {
        func tool(_ name: String) -> String { "'\(sysroot)/bin/x86_64-hermit-\(name)'" }
        return """
            # meson setup --cross-file SYSROOT/share/meson/x86_64-hermit.ini
            [binaries]
            c = \(tool("cc"))
            cpp = \(tool("c++"))
            ar = \(tool("ar"))
            ranlib = \(tool("ranlib"))
            nm = \(tool("nm"))
            strip = \(tool("strip"))

            [built-in options]
            default_library = 'static'
            b_pie = true
            b_staticpic = true

            [host_machine]
            system = 'hermit'
            cpu_family = 'x86_64'
            cpu = 'x86_64'
            endian = 'little'

            """
    }

    /// What is written, by its place in the sysroot.
    var files: [(path: String, text: String)] {
        let bin = "bin/x86_64-hermit-"
        return [
            ("share/clang/x86_64-hermit-compile.cfg", compiling),
            ("share/clang/x86_64-hermit.cfg", configuration),
            ("share/clang/x86_64-hermit.order", order),
            ("share/cmake/hermit.cmake", cmake),
            ("share/meson/x86_64-hermit.ini", meson),
            ("share/config.site", configureSite),
            (bin + "cc", compiler("clang")),
            (bin + "c++", compiler("clang++")),
            (bin + "ar", script("llvm-ar", "")),
            (bin + "ranlib", script("llvm-ranlib", "")),
            (bin + "nm", script("llvm-nm", "")),
        ]
    }

    func write() throws { try write(below: sysroot) }

    /// Writes them for the sysroot's place, to a folder that will be moved there.
    func write(below folder: String) throws {
        let manager = FileManager.default
        let place = folder
        for (name, text) in files {
            let path = place + "/" + name
            let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
            try manager.createDirectory(atPath: folder, withIntermediateDirectories: true)
            try text.write(toFile: path, atomically: true, encoding: .utf8)
            if name.hasPrefix("bin/") {
                try manager.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
            }
        }
        // llvm-objcopy strips when it is called by a name that says so.
        let strip = place + "/bin/x86_64-hermit-strip"
        try? manager.removeItem(atPath: strip)
        try manager.createSymbolicLink(
            atPath: strip, withDestinationPath: toolchain + "/llvm-objcopy")
    }
}
