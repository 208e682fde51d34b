/// The gate: the code an application runs when it calls a function of the ABI.
///
/// It changes from the application's stack to the running task's kernel
/// stack, whose top the core's record holds, calls, and changes back. The
/// frame pointer links both stacks, so that a backtrace goes through.
///
/// A leaf function, which the headers mark with HERMIT_LEAF, is short, waits
/// for nothing and needs little stack: it has no gate, and runs on the
/// application's stack.
public enum EntryGate {
    /// HERMIT_PERCORE_KERNEL_STACK of CMachine.h.
    static let kernelStackOffset = 8
    /// What the names of gates that change rights end with.
    static let isolatedSuffix = ".isolated"
    /// HERMIT_APPLICATION_RIGHTS of machine_isolation.h.
    static let applicationRights = "0xffffffbc"

    /// The assembly of one function's gate.
    public static func assembly(for function: String) -> String {
        gate(function, for: function, isGlobal: true) + companions(of: function) + stackNote
    }

    /// What makes tasks brings along what they wait for each other with: a C
    /// library refers to that weakly, so that a program with one task has no
    /// waiting in its image.
    private static func companions(of function: String) -> String {
        guard ["sys_spawn", "sys_spawn2", "sys_clone"].contains(function) else { return "" }
        return ["sys_futex_wait", "sys_futex_wake"].map {
            "\t.reloc ., R_X86_64_NONE, \($0)\n"
        }.joined()
    }

    private static let stackNote = "\t.section .note.GNU-stack, \"\", @progbits\n"

    private static func gate(_ name: String, for function: String, isGlobal: Bool) -> String {
        """
        \t.section .text.\(name), "ax", @progbits
        \(isGlobal ? "\t.globl \(name)\n" : "")\
        \t.type \(name), @function
        \t.hidden \(PublicInterface.prefix)\(function)
        \(name):
        \t.cfi_startproc
        \tpushq %rbp
        \t.cfi_def_cfa_offset 16
        \t.cfi_offset %rbp, -16
        \tmovq %rsp, %rbp
        \t.cfi_def_cfa_register %rbp
        \tmovq %gs:\(kernelStackOffset), %rsp
        \tcallq \(PublicInterface.prefix)\(function)
        \tmovq %rbp, %rsp
        \tpopq %rbp
        \t.cfi_def_cfa %rsp, 8
        \tretq
        \t.cfi_endproc
        \t.size \(name), .-\(name)
        \(isolatedGate(name, for: function))
        """
    }

    /// What takes the gate's place where protection keys keep the kernel's memory from
    /// the application (CMachine/isolation.S): it opens and closes the kernel's rights.
    private static func isolatedGate(_ name: String, for function: String) -> String {
        """
        \t.section .text.\(name)\(isolatedSuffix), "ax", @progbits
        \t.type \(name)\(isolatedSuffix), @function
        \t.hidden \(PublicInterface.prefix)machine_rights_forged
        \(name)\(isolatedSuffix):
        \t.cfi_startproc
        \tpushq %rbp
        \t.cfi_def_cfa_offset 16
        \t.cfi_offset %rbp, -16
        \tmovq %rsp, %rbp
        \t.cfi_def_cfa_register %rbp
        \tpushq %rdx
        \tmovq %rcx, %r10
        \tmovq %gs:\(kernelStackOffset), %rsp
        \txorl %eax, %eax
        \txorl %ecx, %ecx
        \txorl %edx, %edx
        \twrpkru
        \tmovq %r10, %rcx
        \tmovq -8(%rbp), %rdx
        \tcallq \(PublicInterface.prefix)\(function)
        \tmovq %rax, %r10
        \tmovl $\(applicationRights), %eax
        \txorl %ecx, %ecx
        \txorl %edx, %edx
        \twrpkru
        \tcmpl $\(applicationRights), %eax
        \tjne \(PublicInterface.prefix)machine_rights_forged
        \tmovq %r10, %rax
        \tmovq %rbp, %rsp
        \tpopq %rbp
        \t.cfi_def_cfa %rsp, 8
        \tretq
        \t.cfi_endproc
        \t.size \(name)\(isolatedSuffix), .-\(name)\(isolatedSuffix)
        \t.section hermit_isolation_sites, "ao", @progbits, \(name)
        \t.long \(name) - ., \(name)\(isolatedSuffix) - .

        """
    }

    /// The same of a function whose calls can be traced: its arguments go into
    /// a `hermit_trace_call` (hermit_trace.h) on the application's stack, and
    /// the tracer gets its address before and behind the call, both times on
    /// the kernel's stack (CMachine/leaf_gates.S), which is not used in between. As long as nothing is
    /// traced the call passes through.
    ///
    /// - Parameter isLeaf: It has no gate of its own.
    static func tracedAssembly(for function: String, isLeaf: Bool) -> String {
        let prefix = PublicInterface.prefix
        let inner = isLeaf ? prefix + function : function + ".untraced"
        let own = isLeaf ? "" : gate(inner, for: function, isGlobal: false)
        let arguments = ["rdi", "rsi", "rdx", "rcx", "r8", "r9"]
        let saved = arguments.reversed().map { "\tpushq %\($0)" }.joined(separator: "\n")
        let restored = arguments.enumerated().map { "\tmovq \(8 * $0)(%rsp), %\($1)" }
            .joined(separator: "\n")
        func tracer(_ name: String) -> String {
            """
            \tleaq \(TraceTable.symbol(of: function))(%rip), %rdi
            \tleaq -64(%rbp), %rsi
            \tcallq \(prefix)\(name)
            """
        }
        return own + """
            \t.section .text.\(function), "ax", @progbits
            \t.globl \(function)
            \t.type \(function), @function
            \t.hidden \(prefix)\(function), \(TraceTable.symbol(of: function))
            \t.hidden \(prefix)machine_trace_enter, \(prefix)machine_trace_leave
            \t.hidden \(prefix)machine_trace_is_on, \(prefix)kernel_trace_enter, \(prefix)kernel_trace_leave
            \(function):
            \t.cfi_startproc
            \tcmpl $0, \(prefix)machine_trace_is_on(%rip)
            \tje \(inner)
            \tpushq %rbp
            \t.cfi_def_cfa_offset 16
            \t.cfi_offset %rbp, -16
            \tmovq %rsp, %rbp
            \t.cfi_def_cfa_register %rbp
            \tpushq $0
            \tpushq $0
            \(saved)
            \(tracer("machine_trace_enter"))
            \(restored)
            \tcallq \(inner)
            \tmovq %rax, -16(%rbp)
            \(tracer("machine_trace_leave"))
            \tmovq -16(%rbp), %rax
            \tmovq %rbp, %rsp
            \tpopq %rbp
            \t.cfi_def_cfa %rsp, 8
            \tretq
            \t.cfi_endproc
            \t.size \(function), .-\(function)
            \t.reloc ., R_X86_64_NONE, \(prefix)kernel_trace_enter
            \t.reloc ., R_X86_64_NONE, \(prefix)kernel_trace_leave

            """ + companions(of: function) + stackNote
    }
}
