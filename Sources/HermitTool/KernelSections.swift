/// Where the kernel's writable data goes in an image: apart from the program's, in pages of
/// its own, so that protection keys can tell them from each other (docs/isolation.md).
///
/// Packaging gives the sections of `libhermit.a` names of their own, and images are linked with a
/// script that places these beside each other, in front of all else, and says where they are. It
/// adds to the linker's own rules: what it does not name is placed as ever. So one comparison tells
/// the kernel's data from the program's, which lies behind it (KernelMain/ApplicationBuffer).
enum KernelSections {
    /// What `llvm-objcopy` is to do with the sections of an archive, as `llvm-objdump -h` prints
    /// them. What starts with `.hermit` stays, as do relocated constants, which nobody writes.
    static func renaming(listing: String) -> [String] {
        let names = listing.split(separator: "\n").compactMap { line -> String? in
            let words = line.split(separator: " ")
            guard words.count >= 4, Int(words[0]) != nil else { return nil }
            return String(words[1])
        }
        return Set(names).filter(isData).sorted().map { "--rename-section=\($0)=.hermit\($0)" }
    }

    private static func isData(_ section: String) -> Bool {
        let isPart = { (kind: String) in section == kind || section.hasPrefix(kind + ".") }
        return (isPart(".data") || isPart(".bss")) && !isPart(".data.rel.ro") && section != applications
    }

    /// Of the kernel's, but written to with the application's rights (CMachine/cores.c).
    private static let applications = ".bss.hermit_landing"

    /// `lib/hermit.ld`.
    static let script = """
        /*
         * The kernel's data, in front of everything else: an addition to the linker's own
         * script. Every image has the note.
         */
        SECTIONS
        {
          .hermit.published : ALIGN(4096)
          {
            PROVIDE_HIDDEN(__hermit_published_start = .);
            *(.hermit.published)
          }
          .hermit.data : ALIGN(4096)
          {
            PROVIDE_HIDDEN(__hermit_data_start = .);
            *(.hermit.data .hermit.data.*)
          }
          .hermit.bss (NOLOAD) :
          {
            *(.hermit.bss .hermit.bss.*)
            . = ALIGN(4096);
            PROVIDE_HIDDEN(__hermit_data_end = .);
          }
        }
        INSERT BEFORE .note.hermit;

        """
}
