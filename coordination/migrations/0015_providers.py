"""A second provider of SMS and calls: which one each try went by, and which one is failing."""

from django.db import migrations, models

from referrals.migrations._walls import grant

# It holds no fact of anybody. Who sends finds out and keeps it.
TABLE = "coordination_providertrouble"
RIGHTS = [
    *grant({TABLE: "SELECT"}, to="app"),
    *grant({TABLE: "SELECT, INSERT, UPDATE"}, to="engine"),
]


class Migration(migrations.Migration):

    dependencies = [
        ("coordination", "0014_of_the_patient"),
    ]

    operations = [
        migrations.CreateModel(
            name='ProviderTrouble',
            fields=[
                ('provider', models.CharField(max_length=8, primary_key=True, serialize=False)),
                ('failing_since', models.DateTimeField(null=True)),
                ('probe_at', models.DateTimeField()),
            ],
        ),
        migrations.AddField(
            model_name='deliveryattempt',
            name='provider',
            field=models.CharField(blank=True, help_text='By which one of SMS and calls; empty for the rest.', max_length=8),
        ),
        migrations.AddIndex(
            model_name='delivery',
            index=models.Index(condition=models.Q(('channel__in', ('sms', 'voice')), ('state', 'sent')), fields=['contact_point', 'sent_at'], name='delivery_without_a_report'),
        ),
        migrations.RunSQL(";\n".join(RIGHTS)),
    ]
