// SPDX-License-Identifier: Apache-2.0
// Lookup.java - asks for a name, says what came and after how many ms
import java.net.InetAddress;
import java.net.UnknownHostException;

public class Lookup {
	public static void main(String[] args) {
		String answer;
		long begin = System.nanoTime();
		try {
			answer = InetAddress.getByName(args[0]).getHostAddress();
		} catch (UnknownHostException e) {
			answer = e.getMessage();
		}
		System.out.println(answer + " "
			+ (System.nanoTime() - begin) / 1000000);
	}
}
