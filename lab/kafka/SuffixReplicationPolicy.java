package switchback.lab;

import java.util.Map;
import org.apache.kafka.common.Configurable;
import org.apache.kafka.connect.mirror.ReplicationPolicy;

/**
 * Names a mirrored copy after its origin with a suffix: accounting.invoices of cluster A is accounting.invoices.A elsewhere.
 *
 * <p>An alias is one capital letter. That closes the set of aliases: without it accounting.invoices would read as the copy of a
 * topic "accounting" from a cluster called "invoices".
 */
public class SuffixReplicationPolicy implements ReplicationPolicy, Configurable {
  private String separator = ".";

  @Override
  public void configure(Map<String, ?> properties) {
    Object given = properties.get("replication.policy.separator");
    if (given != null) separator = given.toString();
  }

  @Override
  public String formatRemoteTopic(String sourceClusterAlias, String topic) {
    return topic + separator + sourceClusterAlias;
  }

  @Override
  public String topicSource(String topic) {
    int at = topic.lastIndexOf(separator);
    if (at < 0) return null;
    String alias = topic.substring(at + separator.length());
    return alias.matches("[A-Z]") ? alias : null;
  }

  @Override
  public String upstreamTopic(String topic) {
    String source = topicSource(topic);
    return source == null ? null : topic.substring(0, topic.length() - source.length() - separator.length());
  }
}
