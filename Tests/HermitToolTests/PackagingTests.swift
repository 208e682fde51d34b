import Testing

@testable import HermitTool

@Suite struct PackagingTests {
    static let listing = """
        libK.a[KernelABI.o]:
        sys_write T 0 10
        sys_secret T 10 10
        $s9KernelABI3fooyyF T 20 10
        helper t 30 10
        memcpy U
        runtime_entry U
        __ehdr_start U
        optional w
        shared V 0 8

        libK.a[start.o]:
        _start T 0 10
        memcpy T 0 10
        common C 8 8
        unique u 0 8
        """
    static let header = """
        /* sys_comment(1) is none. */
        // nor is sys_line(2)
        long sys_write(int descriptor, const void *buffer, size_t count);
        int sys_read (int);
        extern int not_sys_call(int);
        #define HERMIT_SYS_X 1
        """
    static let interface = PublicInterface(
        headers: [header], symbols: SymbolTable(posixListing: listing))

    @Test func listingsAreRead() {
        let symbols = SymbolTable(posixListing: Self.listing)
        #expect(
            symbols.defined == [
                "sys_write", "sys_secret", "$s9KernelABI3fooyyF", "shared", "_start", "memcpy",
                "common", "unique",
            ])
        #expect(symbols.undefined == ["memcpy", "runtime_entry", "__ehdr_start"])
        #expect(symbols.missing == ["runtime_entry", "__ehdr_start"])
    }

    @Test func onlyDeclaredFunctionsArePublic() {
        #expect(PublicInterface.functions(declaredIn: Self.header) == ["sys_write", "sys_read"])
        #expect(Self.interface.functions == ["sys_write"])
        #expect(Self.interface.missing == [])
    }

    @Test func everythingButTheEntryGetsThePrefix() {
        let lines = Set(Self.interface.renaming.split(separator: "\n").map(String.init))
        #expect(
            lines == [
                "sys_write __hermit_kernel_sys_write", "sys_secret __hermit_kernel_sys_secret",
                "$s9KernelABI3fooyyF __hermit_kernel_$s9KernelABI3fooyyF",
                "shared __hermit_kernel_shared", "memcpy __hermit_kernel_memcpy",
                "common __hermit_kernel_common", "unique __hermit_kernel_unique",
            ])
        let renamed = Set(Self.interface.renamed.split(separator: "\n").map(String.init))
        #expect(renamed == Set(lines.map { String($0.split(separator: " ")[1]) }))
    }

    @Test func whatNobodyGivesIsMissing() {
        let symbols = SymbolTable(posixListing: "_start T 0 1\nputchar U\nceil U\n")
        #expect(PublicInterface(headers: [], symbols: symbols).missing == ["ceil", "putchar"])
    }

    @Test func theGateReadsTheStackWhereTheCoresRecordHasIt() throws {
        let header = try Files.text(
            Project.find().root + "/Sources/CMachine/include/CMachine.h")
        #expect(
            header.contains("#define HERMIT_PERCORE_KERNEL_STACK \(EntryGate.kernelStackOffset)\n"))
        let text = EntryGate.assembly(for: "sys_x")
        #expect(text.contains(".section .text.sys_x,"))
        #expect(text.contains("callq __hermit_kernel_sys_x\n"))
        #expect(text.contains("movq %gs:\(EntryGate.kernelStackOffset), %rsp\n"))
    }

    @Test func theVersionIsTheHeaders() throws {
        let version = try Project.find().version()
        #expect(version.wholeMatch(of: /\d+\.\d+\.\d+/) != nil)
        #expect(HermitTool.configuration.version == version)
        #expect(Project.version(inHeader: "#define HERMIT_VERSION \"1.2.3\"\n") == "1.2.3")
        #expect(Project.version(inHeader: "#define HERMIT_VERSION_MAJOR 1\n") == nil)
    }

    @Test func dependencyFilesAreRead() {
        let text = "out/a.o: src/a.c \\\n  src/my\\ file.h src/a\\#b.h \\\n  src/$$x.h\nsrc/other.h:\n"
        #expect(
            MakeRule.prerequisites(text) == ["src/a.c", "src/my file.h", "src/a#b.h", "src/$x.h"])
        #expect(MakeRule.prerequisites("") == [])
    }

    @Test func executablesOfThePackageItselfAreTaken() {
        #expect(SwiftProgram.products(inListing: "app\nhermit (hermit)\n") == ["app"])
    }

    @Test func theToolsetIsJSONWithAbsolutePaths() {
        let json = SwiftToolset(
            sysroot: "/a \"b\"/sysroot", programs: Programs(toolchain: "/t/usr/bin")
        ).json
        #expect(json.contains("\"/a \\\"b\\\"/sysroot/lib/libhermit.a\""))
        #expect(json.contains("\"-use-ld=/t/usr/bin/ld.lld\""))
        #expect(json.contains("\"/t/usr/lib/swift/embedded/x86_64-unknown-none-elf/"))
    }
}
