import CMachine

/// The ways to end the virtual machine.
public enum Power {
    /// QEMU's isa-debug-exit device, when the command line has it.
    private static let debugExitPort: UInt16 = 0xF4

    /// Ends the machine; tries every way there is.
    ///
    /// QEMU's own status becomes 1 after a success and 3 after a failure,
    /// where isa-debug-exit is there; it cannot say more, which is why the
    /// status goes over the second channel.
    public static func off(success: Bool) -> Never {
        machine_out32(debugExitPort, success ? 0 : 1)
        machine_out8(0x64, 0xFE)  // the keyboard controller pulls reset
        for _ in 0..<100_000 { machine_pause() }
        machine_load_idt(0, 0)  // a triple fault resets whatever is left
        machine_raise_breakpoint()
        machine_stop()
    }
}
